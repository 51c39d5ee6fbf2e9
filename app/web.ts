import 'server-only';
import { headers } from 'next/headers';
import { cache } from 'react';
import type { SessionView } from '#api/contract.ts';
import { originOf } from '#api/proxy.ts';
import type { WhoIsThere } from '#api/reads.ts';
import type { Web } from '#api/root.ts';

declare global {
  var tweetFanOutWeb: Web | undefined;
}

/**
 * The composition root of this process. api/main.ts made it before it started Next. Pages take what they need from it.
 * They import nothing from core that connects, because Next would bundle a second copy with its own caches and classes.
 */
export function web(): Web {
  if (!globalThis.tweetFanOutWeb) throw new Error('Expected api/main.ts to have started this process');
  return globalThis.tweetFanOutWeb;
}

/** The demo accounts and the session of the request, read once for the shell and the page. */
export const readWhoIsThere = cache(async (): Promise<WhoIsThere> => {
  const cookies = (await headers()).get('cookie') ?? undefined;
  return web().reads.whoIsThere(cookies);
});

/** The session of the request that is being rendered. */
export const readSession = async (): Promise<SessionView> => (await readWhoIsThere()).session;

/** The address by which the reader has found this server, such as `http://localhost:3000`. */
export const readOrigin = async (): Promise<string> =>
  originOf({ headers: Object.fromEntries(await headers()) }, web().config.TRUST_PROXY);

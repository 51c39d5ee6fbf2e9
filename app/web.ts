import 'server-only';
import { headers } from 'next/headers';
import type { SessionView } from '#api/contract.ts';
import type { Web } from '#api/root.ts';

declare global {
  var tweetFanOutWeb: Web | undefined;
}

/**
 * The composition root of this process, which api/main.ts made before it started Next. Pages take what they need from
 * it and import nothing of core that connects: Next would bundle a second copy, with caches and classes of its own.
 */
export function web(): Web {
  if (!globalThis.tweetFanOutWeb) throw new Error('Expected api/main.ts to have started this process');
  return globalThis.tweetFanOutWeb;
}

/** The session of the request that is being rendered. */
export async function readSession(): Promise<SessionView> {
  return web().reads.session((await headers()).get('cookie') ?? undefined);
}

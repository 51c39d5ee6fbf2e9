import type { IncomingMessage } from 'node:http';
import { Refusal } from '#api/problem.ts';
import { hostOf } from '#api/proxy.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a change that a page of another site asks for. Browsers tell by Sec-Fetch-Site, older ones by Origin. A client
 * that sends neither is no browser: it sends a cookie only on purpose.
 */
export function requireSameOrigin(incoming: IncomingMessage, proxies: number): void {
  if (SAFE.has(incoming.method ?? 'GET')) return;
  const { 'sec-fetch-site': site, origin } = incoming.headers;
  if (site !== undefined) {
    if (site !== 'same-origin' && site !== 'none')
      refuse(`Sec-Fetch-Site: expected same-origin, got ${site}`);
    return;
  }
  if (origin === undefined) return;
  const host = hostOf(incoming, proxies);
  if (!URL.canParse(origin) || new URL(origin).host !== host)
    refuse(`Origin: expected ${host}, got ${origin}`);
}

function refuse(detail: string): never {
  throw new Refusal('foreign-origin', detail);
}

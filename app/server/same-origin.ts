import 'server-only';
import { Refusal } from '#app/server/problem.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses unsafe requests that a page of another site made. Browsers say so by Sec-Fetch-Site, older ones by Origin;
 * a client that sends neither is not a browser and carries nobody's cookies by accident.
 */
export function requireSameOrigin(request: Request): void {
  if (SAFE.has(request.method)) return;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) {
    if (site !== 'same-origin' && site !== 'none')
      refuse(`Sec-Fetch-Site: expected same-origin, got ${site}`);
    return;
  }
  const origin = request.headers.get('origin');
  if (origin === null) return;
  const host = request.headers.get('x-forwarded-host') ?? request.headers.get('host');
  if (!URL.canParse(origin) || new URL(origin).host !== host)
    refuse(`Origin: expected ${host}, got ${origin}`);
}

function refuse(detail: string): never {
  throw new Refusal('foreign-origin', detail);
}

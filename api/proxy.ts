import type { IncomingMessage } from 'node:http';

/**
 * What a request says of its client, through `proxies` trusted proxies in front of this process (TRUST_PROXY). Each of
 * them appends to `X-Forwarded-*`: what stands so many places from the end was written by the outermost of ours,
 * and everything before that by whoever likes to.
 */
const forwarded = ({ headers }: IncomingMessage, name: string, proxies: number): string | undefined => {
  const value = headers[name];
  if (proxies === 0 || value === undefined) return undefined;
  return String(value).split(',').at(-proxies)?.trim() || undefined;
};

/** The client's address, as one word for what comes from the same place. */
export const addressOf = (incoming: IncomingMessage, proxies: number): string =>
  forwarded(incoming, 'x-forwarded-for', proxies) ?? incoming.socket.remoteAddress ?? 'unknown';

/** The host that the client asked, with its port. */
export const hostOf = (incoming: IncomingMessage, proxies: number): string | undefined =>
  forwarded(incoming, 'x-forwarded-host', Math.min(proxies, 1)) ?? incoming.headers.host;

/** Whether the client came by HTTPS, which this process itself never speaks. */
export const isSecure = (incoming: IncomingMessage, proxies: number): boolean =>
  forwarded(incoming, 'x-forwarded-proto', Math.min(proxies, 1)) === 'https';

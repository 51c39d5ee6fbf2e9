import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** A request, of which only the headers matter here. */
type Asked = Pick<IncomingMessage, 'headers'>;

/**
 * A value of an `X-Forwarded-*` header behind `proxies` trusted proxies (TRUST_PROXY). Each proxy appends a value. So the
 * outermost of ours wrote the value that is `proxies` places from the end, and anybody may have written those before it.
 */
const forwarded = ({ headers }: Asked, name: string, proxies: number): string | undefined => {
  const value = headers[name];
  if (proxies === 0 || value === undefined) return undefined;
  return String(value).split(',').at(-proxies)?.trim() || undefined;
};

/** The client's address: requests of one client share it. */
export const addressOf = (incoming: IncomingMessage, proxies: number): string =>
  forwarded(incoming, 'x-forwarded-for', proxies) ?? incoming.socket.remoteAddress ?? 'unknown';

/**
 * The network of a client: its IPv4 address, or the first half of its IPv6 address. Whoever has one IPv6 address mostly has
 * all 2^64 with that first half, so that a share for each address would be no bound.
 */
export const networkOf = (incoming: IncomingMessage, proxies: number): string =>
  firstHalf(addressOf(incoming, proxies));

function firstHalf(address: string): string {
  if (!isIPv6(address)) return address;
  const [mapped] = /\d+\.\d+\.\d+\.\d+$/.exec(address) ?? []; // IPv4 on a socket that takes both
  if (mapped) return mapped;
  const [front = '', back = ''] = address.split('::');
  const [before, after] = [groupsOf(front), groupsOf(back)];
  const zeros: string[] = Array(8 - before.length - after.length).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

const groupsOf = (half: string): string[] => half.split(':').filter(Boolean);

/** The host that the client asked for, with its port. */
export const hostOf = (incoming: Asked, proxies: number): string | undefined =>
  forwarded(incoming, 'x-forwarded-host', Math.min(proxies, 1)) ?? incoming.headers.host;

/** Whether the client came by HTTPS. This process itself speaks HTTP only. */
export const isSecure = (incoming: Asked, proxies: number): boolean =>
  forwarded(incoming, 'x-forwarded-proto', Math.min(proxies, 1)) === 'https';

/** Where the client has found us, without a slash at the end: what is put before a path that another program follows. */
export const originOf = (incoming: Asked, proxies: number): string =>
  `${isSecure(incoming, proxies) ? 'https' : 'http'}://${hostOf(incoming, proxies)}`;

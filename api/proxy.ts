import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/**
 * A value of an `X-Forwarded-*` header behind `proxies` trusted proxies (TRUST_PROXY). Each proxy appends a value: the
 * one that many places from the end was written by the outermost of ours. Anybody may have written those before it.
 */
const forwarded = ({ headers }: IncomingMessage, name: string, proxies: number): string | undefined => {
  const value = headers[name];
  if (proxies === 0 || value === undefined) return undefined;
  return String(value).split(',').at(-proxies)?.trim() || undefined;
};

/** Whether a proxy says that it has passed this on, be it trusted or not. A client may say so as well. */
export const isForwarded = ({ headers }: IncomingMessage): boolean =>
  ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'].some((name) => headers[name] !== undefined);

/** The client's address: requests of one client share it. */
export const addressOf = (incoming: IncomingMessage, proxies: number): string =>
  forwarded(incoming, 'x-forwarded-for', proxies) ?? incoming.socket.remoteAddress ?? 'unknown';

/**
 * The network of a client: its address, of an IPv6 address the first half. Whoever has one IPv6 address mostly has all
 * 2^64 that begin in the same way, and a share of each would be no bound.
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
export const hostOf = (incoming: IncomingMessage, proxies: number): string | undefined =>
  forwarded(incoming, 'x-forwarded-host', Math.min(proxies, 1)) ?? incoming.headers.host;

/** Whether the client came by HTTPS. This process itself speaks HTTP only. */
export const isSecure = (incoming: IncomingMessage, proxies: number): boolean =>
  forwarded(incoming, 'x-forwarded-proto', Math.min(proxies, 1)) === 'https';

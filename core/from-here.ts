import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Who may read the figures of a process: the same for web and workers. */

/** Whether an `Authorization` header bears this token. Compares digests, so that the time it takes tells nothing about it. */
export function bears(token: string | undefined, authorization: string | undefined): boolean {
  const [, given] = /^Bearer (.+)$/i.exec(authorization ?? '') ?? [];
  return token !== undefined && given !== undefined && timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Whether a request comes from a program on this machine. One that a proxy has passed on does not count, because behind a
 * proxy everybody seems to come from this machine.
 */
export const isFromHere = (incoming: IncomingMessage): boolean =>
  !isForwarded(incoming) && LOOPBACK.test(incoming.socket.remoteAddress ?? '');

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

/** Whether a header says that a proxy has passed this request on. Any proxy may say so, and so may a client. */
const isForwarded = ({ headers }: IncomingMessage): boolean =>
  ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'].some((name) => headers[name] !== undefined);

/**
 * Whether a `Host` header names this server. A page of another site could give its own name this machine's address, and read
 * here as if it were ours; it cannot hide the name.
 */
export function isKnownHost(host: string | undefined, allowed: readonly string[]): boolean {
  const name = host?.replace(/:\d{1,5}$/, '').toLowerCase();
  if (!name) return false;
  return name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || allowed.includes(name);
}

import { WRONG_BODIES } from '#lab/fuzz/hostile-values.ts';
import { GARBAGE } from '#lab/fuzz/transports.ts';
import { METHODS, PATHS } from '#lab/fuzz/wrong-requests.ts';
import { Asking } from '#lab/hostile/ask.ts';
import { aStream, halfAPost, manyPages, openOne } from '#lab/hostile/hold-open.ts';
import type { Intruder } from '#lab/hostile/intruder.ts';
import type { HostilePost, Order } from './order.ts';

/** One way to do harm, so many times a second. `act` resolves with the status that it was answered, or `none`. */
export type Way = { perSecond: number; act: (number: number) => Promise<string> };

const UNREAD = 30_000; // ms for which it holds a connection whose answers it does not read
const WATCHED = 10_000; // ms for which it holds a stream of a flood
const LARGE = JSON.stringify({ text: 'x'.repeat(1_000_000) });
const MOST = 60; // connections of one account

/** Every kind of harm. */
export const KINDS = [
  'half-sent bodies',
  'streams that nobody reads',
  'answers that nobody reads',
  'streams in a flood',
  'connections opened and closed',
  'no HTTP',
  'posts over the rate',
  'audits in a flood',
  'follows and unfollows',
  'bodies of a megabyte',
  'bad JSON',
  'wrong paths and methods',
  'pages in a flood',
] as const;
type Kind = (typeof KINDS)[number];

/** Returns all ways, with their rates. They end with the signal. `posted` is told of every post. */
export function waysToHarm(
  order: Order,
  signal: AbortSignal,
  posted: (post: HostilePost) => void,
): Record<Kind, Way> {
  const intruders = order.intruders.map((account) => ({ ...account, url: order.url, from: order.from }));
  return { ...held(intruders, order, signal), ...asked(intruders, order, { signal, posted }) };
}

/** The ways that open connections and hold them. */
function held(intruders: Intruder[], { tweetIds }: Order, signal: AbortSignal) {
  const hold = async (bytes: string, { isRead, ms }: { isRead: boolean; ms: number }) =>
    statusOf(
      await openOne(
        pick(intruders, 0),
        { bytes, isRead },
        AbortSignal.any([signal, AbortSignal.timeout(ms)]),
      ),
    );
  const topics = (number: number) => {
    const { handle } = pick(intruders, number);
    return ['status', `home:${handle}`, ...tweetIds.slice(0, 5).map((id) => `delivery:${id}`)];
  };
  const stream = (number: number) => aStream(pick(intruders, number), topics(number));
  const unread = { isRead: false, ms: UNREAD };
  const read = { isRead: true, ms: WATCHED };
  return {
    'half-sent bodies': {
      perSecond: 20,
      act: (n) => hold(halfAPost(pick(intruders, n)), { ...read, ms: UNREAD }),
    },
    'streams that nobody reads': { perSecond: 2, act: (n) => hold(stream(n), unread) },
    'answers that nobody reads': {
      perSecond: 0.5,
      act: (n) => hold(manyPages(pick(intruders, n), 200), unread),
    },
    'streams in a flood': { perSecond: 20, act: (n) => hold(stream(n), read) },
    'connections opened and closed': { perSecond: 50, act: () => hold('', { isRead: true, ms: 20 }) },
    'no HTTP': { perSecond: 10, act: (n) => hold(pick(GARBAGE, n), read) },
  } satisfies Record<string, Way>;
}

type Given = { signal: AbortSignal; posted: (post: HostilePost) => void };

/** The ways that send requests and wait for the answers. */
function asked(intruders: Intruder[], order: Order, { signal, posted }: Given) {
  const asking = intruders.map((intruder) => new Asking(intruder, MOST));
  const stop = () => {
    for (const each of asking) each.stop();
  };
  signal.addEventListener('abort', stop, { once: true });
  const ask = async (number: number, method: string, path: string, body?: string) =>
    answerOf((await pick(asking, number).ask({ method, path, ...(body && { body }) })).status);
  const post = async (number: number) => {
    const [key, text] = [`flood-${number}-${crypto.randomUUID()}`, `A tweet of the flood, number ${number}`];
    const headers = { 'idempotency-key': key };
    const asks = { method: 'POST', path: '/api/tweets', headers, body: JSON.stringify({ text }) };
    const { status, text: answer } = await pick(asking, number).ask(asks);
    posted({ key, text, authorId: pick(order.intruders, number).id, status, answer });
    return answerOf(status);
  };
  const storm = (number: number) => {
    const path = `/api/users/${pick(order.handles, Math.floor(number / 2))}/follow`;
    return ask(0, number % 2 === 0 ? 'PUT' : 'DELETE', path);
  };
  return {
    'posts over the rate': { perSecond: 40, act: post },
    'audits in a flood': {
      perSecond: 10,
      act: (n) => ask(n, 'POST', `/api/tweets/${pick(order.tweetIds, n)}/audit`),
    },
    'follows and unfollows': { perSecond: 20, act: storm },
    'bodies of a megabyte': { perSecond: 5, act: (n) => ask(n, 'POST', '/api/session', LARGE) },
    'bad JSON': { perSecond: 20, act: (n) => ask(n, 'POST', '/api/session', pick(WRONG_BODIES, n)) },
    'wrong paths and methods': { perSecond: 20, act: (n) => ask(n, pick(METHODS, n), pick(PATHS, n)) },
    'pages in a flood': { perSecond: 20, act: (n) => ask(n, 'GET', n % 2 === 0 ? '/home' : '/no-such-page') },
  } satisfies Record<string, Way>;
}

function pick<T>(list: readonly T[], number: number): T {
  const picked = list[number % list.length];
  if (picked === undefined) throw new Error('Expected a list to pick from, got an empty one');
  return picked;
}

const statusOf = (heard: string): string => /^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 'none';

const answerOf = (status: number | null): string => String(status ?? 'none');

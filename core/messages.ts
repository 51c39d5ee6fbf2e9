import { z } from 'zod';

/** Messages carry ids only, a few dozen bytes. What they mean is in the ledger. */

/** Tweets that one fan-out message names at most: see {@link fanOutsOf}. */
const MOST_FAN_OUTS = 8;

const tweetId = z.int().positive();

/**
 * Deliver these tweets, each by itself: plan its chunks, then deliver the only one on the spot or publish deliveries of up
 * to four chunks each. A message of the version before names one tweet.
 */
export const fanOutMessage = z.union([
  z.object({ tweetIds: z.array(tweetId).min(1).max(1_000) }),
  z.object({ tweetId }).transform((one) => ({ tweetIds: [one.tweetId] })),
]);

/** Deliver these chunks of a fan-out: `count` of them that follow each other, `chunk` is the first. */
export const deliveryMessage = z.object({
  tweetId,
  chunk: z.int().nonnegative(),
  count: z.int().positive().max(1_000).default(1),
});
export type DeliveryMessage = z.infer<typeof deliveryMessage>;

/** Run this task, if the ledger says that it is to be run. */
export const taskMessage = z.object({ taskId: z.int().positive() });

/**
 * Two lanes each: a fan-out of one chunk never stands behind the chunks of a celebrity, and an urgent task never
 * behind those that take minutes.
 */
export const QUEUES = ['fan-out', 'delivery', 'task', 'urgent'] as const;
export type QueueName = (typeof QUEUES)[number];

/**
 * Some brokers ignore a message whose `key` is already waiting. Some keep a large `group` (a tweet) from holding back the
 * others. Both are optimisations, never a promise. Headers travel beside the body, see core/tracing/; most have none.
 */
export type Message = {
  key: string;
  body: unknown;
  group?: string;
  headers?: Record<string, string> | undefined;
};

/** Hands messages to a broker; resolves when it holds them. */
export type Publish = (queue: QueueName, messages: Message[]) => Promise<void>;

/** A tweet on its way to the broker, the followers that it is promised to, and its trace if that is kept. */
export const fanOut = z.object({ tweetId, expected: z.int(), traceparent: z.string().nullish() });
export type FanOut = z.infer<typeof fanOut>;

/** Fan-outs share a message up to this many deliveries. No tweet waits for more than these behind the others. */
const MOST_SHARED = 4_000;

/** The message of one fan-out, whoever publishes it. */
export const fanOutOf = (tweetId: number): Message => fanOutMessageOf([{ tweetId }]);

/**
 * The messages of fan-outs that are published together, in their order. Small ones share messages, because a message of one
 * costs the broker and the worker as much as one of eight. A large one has a message of its own.
 */
export function fanOutsOf(fanOuts: FanOut[]): Message[] {
  const messages: FanOut[][] = [];
  for (const each of fanOuts) {
    const last = messages.at(-1);
    const sum = last?.reduce((before, { expected }) => before + expected, each.expected) ?? 0;
    if (last && last.length < MOST_FAN_OUTS && sum <= MOST_SHARED) last.push(each);
    else messages.push([each]);
  }
  return messages.map(fanOutMessageOf);
}

/**
 * The key names all tweets, so that a broker ignores a message only if it has every one of them. `traced`: those with a trace.
 */
function fanOutMessageOf(fanOuts: Omit<FanOut, 'expected'>[]): Message {
  const tweetIds = fanOuts.map((each) => each.tweetId);
  const [traceparent, ...links] = fanOuts.flatMap((each) => each.traceparent ?? []);
  const traced = fanOuts.flatMap((each) => (each.traceparent ? each.tweetId : [])).join(' ');
  const headers = traceparent === undefined ? undefined : { traceparent, links: links.join(' '), traced };
  return { key: tweetIds.join('-'), body: { tweetIds }, headers };
}

/** The most chunks of one message: four cost the ledger and the broker little more than one (docs/decisions/016). */
const MOST_CHUNKS = 4;

/**
 * The messages of these chunks, whose numbers ascend. Up to four chunks that follow each other share a message, so that
 * brokers and the ledger do their work for several chunks at once. When there are no more than four chunks, each has its own
 * message, so that all workers have a share.
 */
export function deliveriesOf(tweetId: number, numbers: number[]): Message[] {
  const most = numbers.length > MOST_CHUNKS ? MOST_CHUNKS : 1;
  const messages: DeliveryMessage[] = [];
  for (const chunk of numbers) {
    const last = messages.at(-1);
    if (last && last.count < most && chunk === last.chunk + last.count) last.count++;
    else messages.push({ tweetId, chunk, count: 1 });
  }
  const group = String(tweetId);
  return messages.map((body) => ({ key: `${tweetId}-${body.chunk}-${body.count}`, body, group }));
}

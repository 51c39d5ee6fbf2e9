import { z } from 'zod';

/** What travels through the broker: ids only, a few dozen bytes. What they mean is in the ledger. */

/** Deliver this tweet: plan its chunks, deliver the only one on the spot or publish one delivery each. */
export const fanOutMessage = z.object({ tweetId: z.int().positive() });
export type FanOutMessage = z.infer<typeof fanOutMessage>;

/** Deliver these chunks of a fan-out: `count` of them that follow each other, `chunk` is the first. */
export const deliveryMessage = z.object({
  tweetId: z.int().positive(),
  chunk: z.int().nonnegative(),
  count: z.int().positive().max(1_000).default(1),
});
export type DeliveryMessage = z.infer<typeof deliveryMessage>;

/** Run this task, if the ledger says that it is to be run. */
export const taskMessage = z.object({ taskId: z.int().positive() });
export type TaskMessage = z.infer<typeof taskMessage>;

/**
 * Two lanes each: a fan-out of one chunk never stands behind the chunks of a celebrity, and an urgent task never
 * behind those that take minutes.
 */
export const QUEUES = ['fan-out', 'delivery', 'task', 'urgent'] as const;
export type QueueName = (typeof QUEUES)[number];

/**
 * `key` lets a broker that can do so ignore a message that is already waiting, and `group` (a tweet) lets one that can
 * do so keep a large group from holding back the others: optimisations, never a promise.
 */
export type Message = { key: string; body: unknown; group?: string };

/** The message of a fan-out, whoever publishes it. */
export const fanOutOf = (tweetId: number): Message => ({ key: String(tweetId), body: { tweetId } });

/** Chunks that one message holds at most: four cost the ledger and the broker little more than one (docs/decisions/016). */
const MOST_CHUNKS = 4;

/**
 * The messages of these chunks, in ascending order: one for up to four that follow each other, so that what brokers and
 * the ledger do for a message is done for several chunks at once; one for each when there are no more than four, so that
 * all workers have a share.
 */
export function deliveriesOf(tweetId: number, numbers: number[]): Message[] {
  const most = numbers.length > MOST_CHUNKS ? MOST_CHUNKS : 1;
  const messages: DeliveryMessage[] = [];
  for (const chunk of numbers) {
    const last = messages.at(-1);
    if (last && last.count < most && chunk === last.chunk + last.count) last.count++;
    else messages.push({ tweetId, chunk, count: 1 });
  }
  return messages.map((body) => ({
    key: `${tweetId}-${body.chunk}-${body.count}`,
    body,
    group: String(tweetId),
  }));
}

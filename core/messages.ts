import { z } from 'zod';

/** What travels through the broker: ids only, a few dozen bytes. What they mean is in the ledger. */

/** Deliver this tweet: plan its chunks, deliver the only one on the spot or publish one delivery each. */
export const fanOutMessage = z.object({ tweetId: z.int().positive() });
export type FanOutMessage = z.infer<typeof fanOutMessage>;

/** Deliver this chunk of a fan-out. */
export const deliveryMessage = z.object({ tweetId: z.int().positive(), chunk: z.int().nonnegative() });
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

/** The message of one chunk. */
export const deliveryOf = (tweetId: number, chunk: number): Message => ({
  key: `${tweetId}-${chunk}`,
  body: { tweetId, chunk },
  group: String(tweetId),
});

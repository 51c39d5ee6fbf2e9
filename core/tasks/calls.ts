import type { Redis } from 'ioredis';

/**
 * Calls: the shortest way from whoever asks to a worker with a free slot, beside the broker. Through the broker an idle
 * worker starts a task some 2.5 ms after it was published; a call takes 0.2 ms. It is a hint and no more: one that nobody
 * hears, or that comes when no slot is free, is made up for by the message, and a message that comes after its call
 * finds the task taken.
 */
const KEY = 'task-calls';

/** Calls that are kept while nobody waits for one: those who come back to a free slot look at no more of them. */
const KEPT = 16;

/** Seconds that one look waits; below what a command may take, see openRedis. */
const WAIT = 2;

/** Calls a worker for the task of this unique key. Nobody waits for it: with the store away there is no call. */
export function callWorkers(redis: Redis, uniqueKey: string): void {
  redis
    .pipeline()
    .rpush(KEY, uniqueKey)
    .ltrim(KEY, -KEPT, -1)
    .exec()
    .catch(() => {});
}

/** The key of the next call, which no other worker gets; null when none came within some seconds. Blocks the connection. */
export async function nextCall(redis: Redis): Promise<string | null> {
  const [, uniqueKey = null] = (await redis.blpop(KEY, WAIT)) ?? [];
  return uniqueKey;
}

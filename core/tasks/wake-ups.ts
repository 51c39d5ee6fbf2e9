import type { StoreClient } from '#core/redis.ts';

/**
 * Wake-ups are the shortest way from whoever asks for a task to a worker with a free slot. They do not use the broker.
 * Through the broker an idle worker starts a task about 2.5 ms after it was published; a wake-up takes 0.2 ms. A wake-up is
 * only a hint. When nobody hears it, or no slot is free, the message does the same later. A message that comes after its
 * wake-up finds that the task is taken.
 */
const KEY = 'task-calls';

/** How many wake-ups are stored while nobody waits for one. A worker whose slot becomes free looks at no more of them. */
const STORED = 16;

/** How many seconds one look waits. It must be less than a command may take, see openRedis. */
const WAIT = 2;

/** Wakes a worker for the task of this unique key. Nobody waits for it: while the store is away there is no wake-up. */
export function wakeWorker(redis: StoreClient, uniqueKey: string): void {
  redis
    .pipeline()
    .rpush(KEY, uniqueKey)
    .ltrim(KEY, -STORED, -1)
    .exec()
    .catch(() => {});
}

/** The key of the next wake-up, which no other worker gets; null when none came in time. Blocks the connection. */
export async function nextWakeUp(redis: StoreClient): Promise<string | null> {
  const [, uniqueKey = null] = (await redis.blpop(KEY, WAIT)) ?? [];
  return uniqueKey;
}

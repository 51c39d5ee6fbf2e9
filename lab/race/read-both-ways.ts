import type { Redis } from 'ioredis';
import type { Random } from '#lab/harness/random.ts';
import { median } from '#lab/harness/statistics.ts';
import type { ApartTimelines } from './apart-timelines.ts';

const READS = 100; // in each way
const PAGE = 20; // tweets

/**
 * Measures in milliseconds what a reader's page costs in two ways, in turn: with the tweet in the reader's own
 * timeline, and with the list of one celebrity read besides it and merged into it.
 */
export async function readBothWays(apart: ApartTimelines, authorId: number, random: Random) {
  const { redis } = apart.store;
  const [pushed, pulled]: [number[], number[]] = [[], []];
  for (let n = 0; n < READS; n++) {
    const key = apart.anyKey(random);
    pushed.push(await timed(() => redis.lrange(key, 0, PAGE - 1)));
    pulled.push(await timed(() => merged(redis, [key, apart.pulledKey(authorId)])));
  }
  return { pushedMs: median(pushed), pulledMs: median(pulled) };
}

async function merged(redis: Redis, keys: string[]): Promise<number[]> {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.lrange(key, 0, PAGE - 1);
  const replies = (await pipeline.exec()) ?? [];
  const ids = replies.flatMap(([, list]) => (Array.isArray(list) ? list.map(Number) : []));
  return [...new Set(ids)].sort((a, b) => b - a).slice(0, PAGE);
}

async function timed(read: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await read();
  return performance.now() - began;
}

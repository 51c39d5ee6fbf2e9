import type { Redis } from 'ioredis';
import { turnKey } from '#core/timelines/keys.ts';

/*
 * Whose turn it is to push a whole chunk, among all workers: a list that holds one token, or none while it is on its way.
 *
 * The store runs one script after the other, and sends its answers when it has run all that it found waiting. Two
 * workers that push at once fall into step: it finds both, runs both, answers both, and a small push that comes
 * meanwhile waits for two whole chunks, at times for four: p50 15 ms, p95 30 ms, where one chunk takes 7 ms. With the
 * token they keep half a step apart: the next worker gets it while the push before runs, so that its chunk is there
 * when that ends, but not before. See docs/decisions/015 and 017.
 */

const PATIENCE = 0.05; // s; a token dies with the worker that holds it, the next push brings a new one

/**
 * Resolves when the turn has come, or when nobody has passed it on for too long: a courtesy, no lock. Called on a
 * connection that carries no pushes: it is blocked meanwhile.
 */
export async function takeTurn(redis: Redis, shard: number): Promise<void> {
  await redis.blpop(turnKey(shard), PATIENCE).catch(() => {}); // a store that is away fails the push as well
}

/** Passes the turn on. Called right before the push, on the connection of the push: the store reads it first. */
export function passTurn(redis: Redis, shard: number): void {
  const key = turnKey(shard);
  redis
    .pipeline()
    .rpush(key, 1)
    .ltrim(key, 0, 0)
    .exec()
    .catch(() => {});
}

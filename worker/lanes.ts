import type { Redis } from 'ioredis';
import type { Epochs } from '#core/timelines/epoch.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { turnKey } from '#core/timelines/timeline.ts';

/**
 * One of two ways into the timeline store, each with a connection of its own. A tweet to twelve never stands behind the
 * chunks of a tweet to a million: it takes the small lane.
 */
export type Lane = {
  store: TimelineStore;
  /** Runs a push when it is its turn at the store. */
  inTurn<T>(shard: number, push: () => Promise<T>): Promise<T>;
};

export type Lanes = { small: Lane; large: Lane };

/**
 * The lane for fan-outs of one chunk: each push goes at once. On the connection of the large lane it would stand behind more
 * pushes than the one that runs.
 */
export function smallLane(store: TimelineStore): Lane {
  return { store, inTurn: (_shard, push) => push() };
}

/**
 * The lane for chunks of large fan-outs. They take 5 ms each, and take turns with those of other workers. While a push runs,
 * this waits for the next turn, on a connection of its own (`turns`). So there is always one push that runs and one that
 * waits in the store. With none waiting, the store would idle for a round trip; with more, a small push would wait for
 * them. Nobody waits for a turn at a store that is known to be away.
 */
export function largeLane(store: TimelineStore, turns: Redis, epochs: Epochs): Lane {
  let last: Promise<unknown> = Promise.resolve();
  return {
    store,
    inTurn: (shard, push) => {
      const turn = last.then(async () => {
        // If the store hangs, each of them would wait until the timeout of its connection, one after the other.
        if (epochs.known.has(shard)) await takeTurn(turns, shard);
        passTurn(store.redis, shard);
        return { pushed: push() }; // wrapped: the next one waits for this turn, not for this push
      });
      last = turn;
      return turn.then(({ pushed }) => pushed);
    },
  };
}

/*
 * Whose turn it is to push a whole chunk, among all workers: a list that holds one token, or none while it is on its way.
 *
 * The store runs one script after the other, and sends its answers when it has run all that it found waiting. Two
 * workers that push at once fall into step: it finds both, runs both, answers both, and a small push that comes
 * meanwhile waits for two whole chunks, at times for four: p50 15 ms, p95 30 ms, where one chunk takes 7 ms. With the
 * token they stay half a step apart: the next worker gets it while the push before runs, so that its chunk is there
 * when that ends, but not before. See docs/decisions/015 and 017.
 */

const PATIENCE = 0.05; // s; a token dies with the worker that holds it, the next push brings a new one

/**
 * Resolves when the turn has come, or when nobody has passed it on for too long: a courtesy, not a lock. Called on a
 * connection that carries no pushes, because it is blocked meanwhile.
 */
export async function takeTurn(redis: Redis, shard: number): Promise<void> {
  await redis.blpop(turnKey(shard), PATIENCE).catch(() => {}); // a store that is away fails the push as well
}

/** Passes the turn on. Called right before the push, on the connection of the push, so that the store reads it first. */
export function passTurn(redis: Redis, shard: number): void {
  const key = turnKey(shard);
  redis
    .pipeline()
    .rpush(key, 1)
    .ltrim(key, 0, 0)
    .exec()
    .catch(() => {});
}

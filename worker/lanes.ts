import { Cluster } from 'ioredis';
import type { StoreClient } from '#core/redis.ts';
import type { Epochs } from '#core/timelines/epoch.ts';
import { allShards, serverOfShard, type TimelineStore, tagOf, turnKey } from '#core/timelines/timeline.ts';

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
 * this waits for the next turn, on a connection of its own (`turns`). So one push runs and one waits in the store. With none
 * waiting, the store would idle for a round trip; with more, a small push would wait for them. Nobody waits for a turn at a
 * store that is known to be away. Each master of a cluster has a line of its own, and this worker has `most` pushes under way
 * at once, over all of them. Each keeps a core busy: on one machine small tweets would have none left.
 */
export function largeLane(store: TimelineStore, turns: StoreClient, epochs: Epochs, most: number): Lane {
  const lines = new Map<string, Promise<unknown>>();
  const places: Promise<unknown>[] = []; // each ends with the last push that took it
  let begun = 0;
  return {
    store,
    inTurn: (shard, push) => {
      const server = serverOfShard(store, shard);
      const place = begun++ % most;
      const turn = Promise.all([lines.get(server), places[place]]).then(async () => {
        const key = turnKey(tagOf(store, firstShardOn(store, server)));
        // If the store hangs, each of them would wait until the timeout of its connection, one after the other.
        if (epochs.known.has(shard)) await takeTurn(turns, key);
        passTurn(store.redis, key);
        return { pushed: push() }; // wrapped: the next one waits for this turn, not for this push
      });
      lines.set(server, turn);
      const pushed = turn.then((wrapped) => wrapped.pushed);
      if (store.redis instanceof Cluster) places[place] = pushed.catch(() => {});
      return pushed;
    },
  };
}

/** All shards of a server share a turn: it runs one script after the other, whichever shard it is for. */
const firstShardOn = (store: TimelineStore, server: string): number =>
  allShards(store).find((shard) => serverOfShard(store, shard) === server) ?? 0;

/*
 * Whose turn it is to push a whole chunk, among all workers: a list that holds one token, or none while it is on its way.
 *
 * The store runs one script after the other, and sends its answers when it has run all that it found waiting. Two workers that
 * push at once fall into step: it runs both, and a small push that comes meanwhile waits for two whole chunks, at times for four.
 * With the token they stay half a step apart: the next worker gets it while the push before runs, so that its chunk is there
 * when that ends, but not before. See docs/decisions/017.
 */

const PATIENCE = 0.05; // s; a token dies with the worker that holds it, the next push brings a new one

/**
 * Resolves when the turn has come, or when nobody has passed it on for too long: a courtesy, not a lock. Called on a
 * connection that carries no pushes, because it is blocked meanwhile.
 */
export async function takeTurn(redis: StoreClient, key: string): Promise<void> {
  await redis.blpop(key, PATIENCE).catch(() => {}); // a store that is away fails the push as well
}

/** Passes the turn on. Called right before the push, on the connection of the push, so that the store reads it first. */
export function passTurn(redis: StoreClient, key: string): void {
  const passing = redis.pipeline().rpush(key, 1).ltrim(key, 0, 0);
  passing.exec().catch(() => {});
}

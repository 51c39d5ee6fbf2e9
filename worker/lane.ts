import type { TimelineStore } from '#core/timelines/timeline.ts';
import { passTurn, takeTurn } from '#core/timelines/turn.ts';

/** One way into the timeline store: a connection, and how its pushes take turns. */
export type Lane = {
  store: TimelineStore;
  /** Runs a push when it is its turn. */
  inTurn<T>(shard: number, push: () => Promise<T>): Promise<T>;
};

/**
 * For small pushes: each goes at once, on a connection of its own, so that it never queues in front of the store behind
 * more than the one push that runs.
 */
export function expressLane(store: TimelineStore): Lane {
  return { store, inTurn: (_shard, push) => push() };
}

/**
 * For the 5 ms pushes of whole chunks: one at a time from this worker. While it runs, other chunks are read from and
 * written to Postgres; a second push in flight would only wait in the store, in front of the small ones.
 */
export function chunkLane(store: TimelineStore): Lane {
  let last: Promise<unknown> = Promise.resolve();
  return {
    store,
    inTurn: (shard, push) => {
      const turn = last.then(async () => {
        await takeTurn(store.redis, shard);
        passTurn(store.redis, shard);
        return push();
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}

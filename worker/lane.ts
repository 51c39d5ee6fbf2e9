import type { Redis } from 'ioredis';
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
 * For the 5 ms pushes of whole chunks, which take turns with those of other workers. The next turn is awaited while a
 * push runs, on a connection of its own (`turns`), so that there is always one push that runs and one that waits in the
 * store: with none it would idle for the way there and back, and with more a small one would wait for them.
 */
export function chunkLane(store: TimelineStore, turns: Redis): Lane {
  let last: Promise<unknown> = Promise.resolve();
  return {
    store,
    inTurn: (shard, push) => {
      const turn = last.then(async () => {
        await takeTurn(turns, shard);
        passTurn(store.redis, shard);
        return { pushed: push() }; // wrapped: whoever is next waits for this turn, not for this push
      });
      last = turn;
      return turn.then(({ pushed }) => pushed);
    },
  };
}

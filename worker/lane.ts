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
 * For the 5 ms pushes of whole chunks: never two at once from this worker while another waits for its turn. The turn is
 * awaited on a connection of its own, `turns`, as soon as the push before is on its way: behind that push, on the same
 * connection, the wait would begin when the push has ended, and the store would idle for the way there and back.
 */
export function chunkLane(store: TimelineStore, turns: Redis = store.redis): Lane {
  let last: Promise<unknown> = Promise.resolve();
  return {
    store,
    inTurn: async (shard, push) => {
      const sent = last.then(async () => {
        await takeTurn(turns, shard);
        passTurn(store.redis, shard);
        return { pushed: push() };
      });
      last = sent.catch(() => {});
      const { pushed } = await sent;
      return pushed;
    },
  };
}

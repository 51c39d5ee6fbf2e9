import { isPostgresAway } from '#core/away.ts';
import type { Delivery } from '#core/ledger/delivery.ts';
import { finishAll, type PushedChunks } from '#core/ledger/finish-chunks.ts';
import type { ChunkWork } from '#core/ledger/start-chunks.ts';
import { startOnlyChunks } from '#core/ledger/start-only-chunks.ts';
import { Together } from '#core/together.ts';
import type { WorkerContext } from '#worker/context.ts';

/** What a worker writes into the ledger for small fan-outs, together for those that are there at the same time. */
export type Crowd = {
  /** Plans and takes the only chunk of a fan-out; undefined when it is not a small one that nobody has begun. */
  starts: Together<number, ChunkWork>;
  /** Finishes what was pushed; null when it was finished before. */
  finishes: Together<PushedChunks, Delivery | null>;
};

/** Fan-outs of one statement: with their followers, of at most a chunk each, about 1 MB. */
const MOST = 32;

export function openCrowd({ pool, name: worker, chunkSize }: WorkerContext): Crowd {
  const options = { most: MOST, isEverybodys: isPostgresAway };
  return {
    starts: new Together(async (tweetIds: number[]) => {
      const works = byTweet(await startOnlyChunks(pool, tweetIds, { worker, chunkSize }));
      return tweetIds.map((tweetId) => takeOut(works, tweetId));
    }, options),
    finishes: new Together(async (pushed: PushedChunks[]) => {
      const deliveries = byTweet(await finishAll(pool, pushed));
      return pushed.map(({ tweetId }) => takeOut(deliveries, tweetId) ?? null);
    }, options),
  };
}

const byTweet = <T extends { tweetId: number }>(rows: T[]): Map<number, T> =>
  new Map(rows.map((row) => [row.tweetId, row]));

/** Of two messages with the same tweet one has done it, the other has come again. */
function takeOut<T>(rows: Map<number, T>, tweetId: number): T | undefined {
  const row = rows.get(tweetId);
  rows.delete(tweetId);
  return row;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type ChunkRecord, readChunks } from '#core/ledger/chunks.ts';
import { isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { readActivity } from '#core/ledger/workers.ts';
import type { RunStage } from './run-stage.ts';

/** A worker that holds chunks of a tweet. */
export type Caught = { tweetId: number; worker: string; chunks: number };

const TRIES = 5; // tweets
const BREAKS = 15; // times; on a busy machine a worker often finishes before it is broken
const LOOK = 2; // ms

/**
 * Posts to the largest audience and finds a worker that has chunks of this tweet in hand. If the tweet is delivered
 * before that, it posts another one.
 */
export async function catchInMidChunk(stage: RunStage): Promise<Caught> {
  for (let tries = 0; tries < TRIES; tries++) {
    const tweetId = stage.show(await stage.post(stage.largest));
    const caught = await catchOne(stage, tweetId);
    if (caught) return caught;
    stage.note('delivered before a worker could be caught with it: posting another');
  }
  throw new Error(
    `Expected a worker to be caught in mid-chunk within ${TRIES} tweets; its audience is too small`,
  );
}

/** A tweet whose worker was broken in mid-chunk, and how many of its chunks another attempt delivered. */
export type TakenOver = Caught & { records: ChunkRecord[]; again: number };

/**
 * Breaks a worker in mid-chunk by `hit`, which resolves when the tweet is delivered. When the worker had just finished its
 * chunks, nobody had to take them over, and it is done with another tweet.
 */
export async function breakInMidChunk(
  stage: RunStage,
  hit: (caught: Caught) => Promise<void>,
): Promise<TakenOver> {
  for (let tries = 0; tries < BREAKS; tries++) {
    const caught = await catchInMidChunk(stage);
    await hit(caught);
    const records = await readChunks(stage.connections.pool, caught.tweetId);
    const again = records.filter(({ attempts }) => attempts > 1).length;
    if (again > 0) return { ...caught, records, again };
    stage.note('the worker had just finished its chunks: once more');
  }
  throw new Error(`Expected chunks of a broken worker to be taken over, in ${BREAKS} tries they were not`);
}

async function catchOne({ connections: { pool } }: RunStage, tweetId: number): Promise<Caught | null> {
  for (;;) {
    const workers = await readActivity(pool);
    for (const { worker, alive, doing } of workers) {
      const chunks = doing.filter((chunk) => chunk.tweetId === tweetId).length;
      if (alive && chunks > 0) return { tweetId, worker, chunks };
    }
    const [delivery] = await readDeliveries(pool, [tweetId]);
    if (delivery && isFinished(delivery)) return null;
    await sleep(LOOK);
  }
}

import { DeadLetter, type Handler } from '#broker/port.ts';
import { unfinishedChunks } from '#core/ledger/due.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { startOnlyChunk } from '#core/ledger/start-only-chunk.ts';
import { deliveryOf, fanOutMessage } from '#core/messages.ts';
import { tellProgress } from '#core/progress/progress.ts';
import type { WorkerContext } from '#worker/context.ts';
import { deliverChunk, deliverWork } from '#worker/deliver.ts';
import { parseBody } from '#worker/parse-body.ts';

/** Handles the fan-out queue: plans what is not planned yet, and delivers or publishes what is not done. */
export function fanOutHandler(context: WorkerContext): Handler {
  return async ({ body }) => {
    const { tweetId } = parseBody(fanOutMessage, body);
    await fanOut(context, tweetId);
  };
}

// Chunks a planning step: few at first, so that the first is on its way in about 5 ms, then more.
const FIRST_STEP = 4;
const NEXT_STEP = 40;

/**
 * Two lanes: the only chunk of a small fan-out is delivered on the spot and never stands behind those of a celebrity;
 * of a large one each chunk becomes a message. Comes again: chunks planned then are published again if not done.
 */
async function fanOut(context: WorkerContext, tweetId: number): Promise<void> {
  if (await deliverSmall(context, tweetId)) return;
  let size = FIRST_STEP;
  for (let first = true; ; first = false) {
    const step = await plan(context, tweetId, size);
    if (!step) return;
    const numbers = first ? await unfinishedChunks(context.pool, tweetId) : step.numbers;
    if (step.complete && step.delivery.chunks === 1) return deliverOnly(context, tweetId, numbers);
    await publishChunks(context, tweetId, numbers);
    if (step.complete) return;
    size = NEXT_STEP;
  }
}

/** False when the fan-out is not a small one that nobody has begun. */
async function deliverSmall(context: WorkerContext, tweetId: number): Promise<boolean> {
  const { name: worker, pool, express, epochs, chunkSize } = context;
  if (express.store.shards > 1) return false;
  const { known } = epochs; // before the followers are read, see epoch.ts
  const work = await startOnlyChunk(pool, tweetId, { worker, chunkSize });
  if (work) await deliverWork(context, express, { ...work, epochs: known });
  return work !== null;
}

async function plan({ pool, chunkSize, chunks, hints }: WorkerContext, tweetId: number, count: number) {
  const step = await planChunks(pool, tweetId, { chunkSize, shards: chunks.store.shards, chunks: count });
  switch (step.outcome) {
    case 'unknown':
      throw new DeadLetter(`Expected a tweet that has a fan-out, got ${tweetId}`);
    case 'closed':
      return null;
    case 'planned':
      tellProgress(hints, { kind: 'changed', tweetId, delivery: step.delivery });
      return step;
  }
}

async function deliverOnly(context: WorkerContext, tweetId: number, numbers: number[]): Promise<void> {
  for (const number of numbers) await deliverChunk(context, context.express, { tweetId, number });
}

async function publishChunks({ broker }: WorkerContext, tweetId: number, numbers: number[]): Promise<void> {
  if (numbers.length === 0) return;
  await broker.publish(
    'delivery',
    numbers.map((chunk) => deliveryOf(tweetId, chunk)),
  );
}

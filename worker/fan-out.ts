import { DeadLetter, type Handler } from '#broker/port.ts';
import { unfinishedChunks } from '#core/ledger/due.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { startOnlyChunk } from '#core/ledger/start-only-chunk.ts';
import { deliveriesOf, fanOutMessage, type Message } from '#core/messages.ts';
import { tellProgress } from '#core/progress/progress.ts';
import type { WorkerContext } from '#worker/context.ts';
import { deliverChunks, deliverWork } from '#worker/deliver.ts';
import { parseBody } from '#worker/parse-body.ts';

/** Handles the fan-out queue: plans what is not planned yet, and delivers or publishes what is not done. */
export function fanOutHandler(context: WorkerContext): Handler {
  return async ({ body }) => {
    const { tweetId } = parseBody(fanOutMessage, body);
    await fanOut(context, tweetId);
  };
}

// Chunks a planning step: few at first, so that they are on their way in about 5 ms, then as many as are planned while
// those before are delivered.
const STEPS = [4, 20] as const;
const NEXT_STEPS = 250;

/**
 * Two lanes: the only chunk of a small fan-out is delivered on the spot and never stands behind those of a celebrity;
 * of a large one every few chunks become a message. Comes again: chunks planned then are published again if not done.
 */
async function fanOut(context: WorkerContext, tweetId: number): Promise<void> {
  if (await deliverSmall(context, tweetId)) return;
  for (let n = 0; ; n++) {
    const step = await plan(context, tweetId, STEPS[n] ?? NEXT_STEPS);
    if (!step) return;
    const numbers = n === 0 ? await unfinishedChunks(context.pool, tweetId) : step.numbers;
    if (step.complete && step.delivery.chunks === 1) return deliverOnly(context, tweetId, numbers);
    await publishChunks(context, deliveriesOf(tweetId, numbers));
    if (step.complete) return;
  }
}

/** False when the fan-out is not a small one that nobody has begun. */
async function deliverSmall(context: WorkerContext, tweetId: number): Promise<boolean> {
  const { name: worker, pool, express, epochs, chunkSize } = context;
  if (express.store.shards > 1) return false;
  const { known } = epochs; // before the followers are read, see epoch.ts
  const work = await startOnlyChunk(pool, tweetId, { worker, chunkSize });
  if (work) await deliverWork(context, express, { tweetId, works: [work], epochs: known });
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
  for (const chunk of numbers) await deliverChunks(context, context.express, { tweetId, chunk, count: 1 });
}

async function publishChunks({ broker }: WorkerContext, messages: Message[]): Promise<void> {
  if (messages.length > 0) await broker.publish('delivery', messages);
}

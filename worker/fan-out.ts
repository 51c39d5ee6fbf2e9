import { DeadLetter, type Handler, RetryLater } from '#broker/port.ts';
import { isPostgresAway } from '#core/away.ts';
import { SECOND } from '#core/durations.ts';
import { Together } from '#core/gather.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { unfinishedChunks } from '#core/ledger/publish.ts';
import {
  type FinishedFanOut,
  finishChunks,
  type PushedChunks,
  type StartedChunk,
  startOnlyChunks,
} from '#core/ledger/start-and-finish.ts';
import { deliveriesOf, fanOutMessage } from '#core/messages.ts';
import { asOfNow } from '#core/timelines/timeline.ts';
import type { WorkerContext } from '#worker/context.ts';
import { deliver, deliverMessage, requireStore, tellChanged } from '#worker/deliver.ts';
import { parseBody } from '#worker/parse-body.ts';

/** Handles the fan-out queue: plans what is not planned yet, and delivers or publishes what is not done. */
export function fanOutHandler(context: WorkerContext): Handler {
  const ledger = openSmallLedger(context);
  return async ({ body }) => {
    const { tweetIds } = parseBody(fanOutMessage, body);
    requireStore(context);
    await fanOutAll(context, ledger, tweetIds);
  };
}

/**
 * Delivers the small fan-outs of a message at the same time, then fans out the others one by one. One that fails takes no
 * other along: this throws when all have ended, and its error tells the broker when to hand the message out again. What is
 * done or given up by then is ignored.
 */
async function fanOutAll(context: WorkerContext, ledger: SmallLedger, tweetIds: number[]): Promise<void> {
  const errors: unknown[] = [];
  const others: number[] = [];
  const deliverSmall = async (tweetId: number) => {
    const isDelivered = await deliverIfSmall(context, ledger, tweetId);
    if (!isDelivered) others.push(tweetId);
  };
  const note = (error: unknown) => void errors.push(error);
  await Promise.all(tweetIds.map((tweetId) => deliverSmall(tweetId).catch(note)));
  for (const tweetId of others) await planAndPublish(context, tweetId).catch(note);
  if (errors.length > 0) throw errors.reduce(laterOf);
}

/** A message is tried again while one of its tweets is, after the longest of their delays. */
function laterOf(a: unknown, b: unknown): unknown {
  if (b instanceof DeadLetter) return a;
  if (a instanceof DeadLetter) return b;
  return delayOf(b) > delayOf(a) ? b : a;
}

const delayOf = (error: unknown): number => (error instanceof RetryLater ? error.delayMs : 0);

/** False unless the fan-out is small and nobody has begun it. */
async function deliverIfSmall(
  context: WorkerContext,
  { starts, finishes }: SmallLedger,
  tweetId: number,
): Promise<boolean> {
  const taken = await deliver(context, {
    lane: context.lanes.small,
    take: async () => [await starts.of(tweetId)].filter((chunk) => chunk !== undefined),
    finish: async (pushed) => (await finishes.of(pushed)) ?? null,
  });
  return taken > 0;
}

// Chunks of a planning step. The first steps are small, so that chunks are on their way within about 5 ms. Later ones are
// planned while those before are delivered.
const FIRST_STEPS = [4, 20] as const;
const NEXT_STEPS = 250;

/**
 * Plans a fan-out step by step, and publishes the chunks of each step while the next one is planned. When the message comes
 * again, chunks that were planned before and are not done are published again. A single chunk is delivered on the spot, in
 * the small lane, so that it does not stand behind those of a celebrity.
 */
async function planAndPublish(context: WorkerContext, tweetId: number): Promise<void> {
  for (let n = 0; ; n++) {
    const step = await plan(context, tweetId, FIRST_STEPS[n] ?? NEXT_STEPS);
    if (!step) return;
    const numbers = n === 0 ? await unfinishedChunks(context.pool, tweetId) : step.numbers;
    if (step.isComplete && step.chunks === 1) return deliverOnSpot(context, tweetId, numbers);
    if (numbers.length > 0) await context.broker.publish('delivery', deliveriesOf(tweetId, numbers));
    if (step.isComplete) return;
  }
}

const MOVED_DELAY = SECOND; // until this process knows the new number of shards

/** One step of the plan; null when the fan-out is closed. */
async function plan({ pool, chunkSize, lanes, hints }: WorkerContext, tweetId: number, most: number) {
  const step = await planChunks(pool, tweetId, { ...asOfNow(lanes.large.store), chunkSize, most });
  if (step.outcome === 'unknown') throw new DeadLetter(`Expected a tweet that has a fan-out, got ${tweetId}`);
  if (step.outcome === 'elsewhere') throw new RetryLater(MOVED_DELAY, 'The number of shards has changed');
  if (step.outcome === 'closed') return null;
  tellChanged(hints, { tweetId, authorId: step.authorId });
  return step;
}

async function deliverOnSpot(context: WorkerContext, tweetId: number, numbers: number[]): Promise<void> {
  for (const chunk of numbers)
    await deliverMessage(context, context.lanes.small, { tweetId, chunk, count: 1 });
}

/** The ledger's statements for small fan-outs. Fan-outs that come at the same time share them. */
type SmallLedger = {
  /** Plans and takes the only chunk of a fan-out; undefined unless it is small and nobody has begun it. */
  starts: Together<number, StartedChunk>;
  /** Finishes what was pushed; null when it was finished before. */
  finishes: Together<PushedChunks, FinishedFanOut | null>;
};

/** So many fan-outs share a statement. With their followers, at most a chunk each, it reads about 1 MB. */
const MOST_TOGETHER = 32;

function openSmallLedger({ pool, name: worker, chunkSize, lanes }: WorkerContext): SmallLedger {
  const options = { most: MOST_TOGETHER, isEverybodys: isPostgresAway };
  return {
    starts: new Together(async (tweetIds: number[]) => {
      const chunks = byTweet(
        await startOnlyChunks(pool, tweetIds, { ...asOfNow(lanes.small.store), worker, chunkSize }),
      );
      return tweetIds.map((tweetId) => takeOut(chunks, tweetId));
    }, options),
    finishes: new Together(async (pushed: PushedChunks[]) => {
      const finished = byTweet(await finishChunks(pool, pushed));
      return pushed.map(({ tweetId }) => takeOut(finished, tweetId) ?? null);
    }, options),
  };
}

const byTweet = <T extends { tweetId: number }>(rows: T[]): Map<number, T> =>
  new Map(rows.map((row) => [row.tweetId, row]));

/** Takes a row out of the answer, so that of two messages with the same tweet only the first one gets it. */
function takeOut<T>(rows: Map<number, T>, tweetId: number): T | undefined {
  const row = rows.get(tweetId);
  rows.delete(tweetId);
  return row;
}

import { DeadLetter, type Handler, RetryLater } from '#broker/port.ts';
import { unfinishedChunks } from '#core/ledger/due.ts';
import type { PushedChunks } from '#core/ledger/finish-chunks.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { deliveriesOf, fanOutMessage, type Message } from '#core/messages.ts';
import { tellProgress } from '#core/progress/progress.ts';
import type { WorkerContext } from '#worker/context.ts';
import { type Crowd, openCrowd } from '#worker/crowd.ts';
import { deliverChunks, deliverWork } from '#worker/deliver.ts';
import { parseBody } from '#worker/parse-body.ts';

/** Handles the fan-out queue: plans what is not planned yet, and delivers or publishes what is not done. */
export function fanOutHandler(context: WorkerContext): Handler {
  const crowd = openCrowd(context);
  return async ({ body }) => {
    const { tweetIds } = parseBody(fanOutMessage, body);
    await fanOutAll(context, crowd, tweetIds);
  };
}

/**
 * The small ones beside each other, each by itself but for what reaches the ledger together (see crowd.ts); then the
 * others one by one. One that fails takes no other along: all have ended before this throws what tells the broker when to
 * hand the message out again. What is done or given up by then is ignored.
 */
async function fanOutAll(context: WorkerContext, crowd: Crowd, tweetIds: number[]): Promise<void> {
  const errors: unknown[] = [];
  const others: number[] = [];
  const small = async (tweetId: number) => {
    if (!(await deliverSmall(context, crowd, tweetId))) others.push(tweetId);
  };
  const keep = (error: unknown) => void errors.push(error);
  await Promise.all(tweetIds.map((tweetId) => small(tweetId).catch(keep)));
  for (const tweetId of others) await fanOut(context, tweetId).catch(keep);
  if (errors.length > 0) throw errors.reduce(laterOf);
}

/** As long as one is to be tried again the message is, when the last of them may be. */
function laterOf(a: unknown, b: unknown): unknown {
  if (b instanceof DeadLetter) return a;
  if (a instanceof DeadLetter) return b;
  return delayOf(b) > delayOf(a) ? b : a;
}

const delayOf = (error: unknown): number => (error instanceof RetryLater ? error.delayMs : 0);

// Chunks a planning step: few at first, so that they are on their way in about 5 ms, then as many as are planned while
// those before are delivered.
const STEPS = [4, 20] as const;
const NEXT_STEPS = 250;

/**
 * Two lanes: the only chunk of a small fan-out is delivered on the spot and never stands behind those of a celebrity;
 * of a large one every few chunks become a message. Comes again: chunks planned then are published again if not done.
 */
async function fanOut(context: WorkerContext, tweetId: number): Promise<void> {
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
async function deliverSmall(context: WorkerContext, crowd: Crowd, tweetId: number): Promise<boolean> {
  const { express, epochs } = context;
  if (express.store.shards > 1) return false;
  const { known } = epochs; // before the followers are read, see epoch.ts
  const work = await crowd.starts.of(tweetId);
  if (!work) return false;
  const finish = async (pushed: PushedChunks) => (await crowd.finishes.of(pushed)) ?? null;
  await deliverWork(context, express, { tweetId, works: [work], epochs: known, finish });
  return true;
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

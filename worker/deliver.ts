import { DeadLetter, type Handler, RetryLater } from '#broker/port.ts';
import { isPostgresAway, isStoreAway } from '#core/away.ts';
import { packFollowers } from '#core/followers/packs.ts';
import { type Delivery, readDeliveries } from '#core/ledger/delivery.ts';
import { type FailureVerdict, failChunk } from '#core/ledger/fail-chunk.ts';
import {
  countRedeliveries,
  finishChunks,
  type PushedChunk,
  type PushedChunks,
} from '#core/ledger/finish-chunks.ts';
import { type ChunkRef, type ChunkWork, startChunks } from '#core/ledger/start-chunks.ts';
import { type DeliveryMessage, deliveryMessage } from '#core/messages.ts';
import { type FollowerRange, tellProgress } from '#core/progress/progress.ts';
import { EpochOver, pushChunk } from '#core/timelines/timeline.ts';
import type { WorkerContext } from '#worker/context.ts';
import type { Lane } from '#worker/lane.ts';
import { parseBody } from '#worker/parse-body.ts';

/** Handles the delivery queue: one message, a few chunks. */
export function deliveryHandler(context: WorkerContext): Handler {
  return async ({ body }) => {
    await deliverChunks(context, context.chunks, parseBody(deliveryMessage, body));
  };
}

const AWAY_DELAY = 1_000; // ms until a chunk is tried again whose store, or ledger, is away or being repaired

/**
 * Delivers the chunks of a message: ledger, a push each with its receipt, ledger. Dying between any two steps is
 * harmless: the chunks come again, and their receipts answer with the counts of the first time.
 */
export async function deliverChunks(
  context: WorkerContext,
  lane: Lane,
  message: DeliveryMessage,
): Promise<void> {
  const epochs = context.epochs.known; // before the followers are read, see epoch.ts
  const taker = { worker: context.name, shards: lane.store.shards };
  const works = await startChunks(context.pool, message, taker);
  if (works.length < message.count) await ignoreRedeliveries(context, message);
  if (works.length === 0) return;
  const finish = (pushed: PushedChunks) => finishChunks(context.pool, pushed.tweetId, pushed.pushed);
  await deliverWork(context, lane, { tweetId: message.tweetId, works, epochs, finish });
}

type Epochs = WorkerContext['epochs']['known'];

/** Chunks of one tweet that this worker has taken, and whose followers were read in these epochs. */
export type TakenWork = {
  tweetId: number;
  works: ChunkWork[];
  epochs: Epochs;
  /** Writes what was pushed into the ledger; null when it was there already. */
  finish(pushed: PushedChunks): Promise<Delivery | null>;
};

/** The second half of {@link deliverChunks}. */
export async function deliverWork(context: WorkerContext, lane: Lane, taken: TakenWork): Promise<void> {
  const { tweetId, works, epochs } = taken;
  tellProgress(context.hints, { kind: 'started', tweetId });
  const pushes = await Promise.all(works.map((work) => push(lane, work, epochs)));
  const pushed = pushes.filter((each) => 'delivered' in each);
  const failed = pushes.filter((each) => 'error' in each);
  if (pushed.length > 0)
    await finish(context, taken, pushed).catch((error) => {
      failed.push(...pushed.map(({ number }) => ({ number, error })));
    });
  if (failed.length > 0) await giveBack(context, tweetId, failed);
}

type Pushed = PushedChunk & FollowerRange;
type Failed = { number: number; error: unknown };

/** One chunk that fails takes no other along. */
async function push(lane: Lane, work: ChunkWork, epochs: Epochs): Promise<Pushed | Failed> {
  const { tweetId, number, shard, followers, fromId, toId } = work;
  try {
    const epoch = epochOf(epochs, shard);
    const pushing = () => pushChunk(lane.store, { tweetId, chunk: number, shard, followers, epoch });
    return { ...(await lane.inTurn(shard, pushing)), number, shard, fromId, toId };
  } catch (error) {
    return { number, error };
  }
}

function epochOf(epochs: Epochs, shard: number): string {
  const epoch = epochs.get(shard);
  if (epoch === undefined) throw new EpochOver(`Shard ${shard} has not been found complete yet`);
  return epoch;
}

async function finish(context: WorkerContext, taken: TakenWork, pushed: Pushed[]): Promise<void> {
  const delivery = await taken.finish({ tweetId: taken.tweetId, pushed });
  if (!delivery) return;
  const ranges = pushed.map(({ shard, fromId, toId }) => ({ shard, fromId, toId }));
  tellProgress(context.hints, { kind: 'finished', ranges, delivery });
  if (delivery.state === 'delivered' && delivery.chunks > 1) await packForNext(context, delivery);
}

/** Nobody waits for it: the fan-out is closed. Whatever keeps it from being made, the next one reads row by row. */
async function packForNext(
  { pool, chunkSize, chunks }: WorkerContext,
  { authorId }: Delivery,
): Promise<void> {
  await packFollowers(pool, authorId, { chunkSize, shards: chunks.store.shards }).catch(() => {});
}

async function ignoreRedeliveries({ pool, hints }: WorkerContext, message: DeliveryMessage): Promise<void> {
  const delivery = await countRedeliveries(pool, message);
  if (delivery) tellProgress(hints, { kind: 'changed', tweetId: message.tweetId, delivery });
}

/**
 * Throws what tells the broker when to hand the message out again: as long as one of its chunks is to be tried again, the
 * others are ignored then.
 */
async function giveBack(context: WorkerContext, tweetId: number, failed: Failed[]): Promise<never> {
  const delays: number[] = [];
  for (const { number, error } of failed) {
    const verdict = await judge(context, { tweetId, number }, error);
    if (verdict.outcome === 'retry') delays.push(verdict.delayMs);
  }
  if (delays.length < failed.length) await tellGivenUp(context, tweetId);
  const cause = failed[0]?.error;
  if (delays.length > 0) throw new RetryLater(Math.max(...delays), reasonOf(cause), { cause });
  throw new DeadLetter(reasonOf(cause), { cause });
}

async function judge({ pool }: WorkerContext, ref: ChunkRef, error: unknown): Promise<FailureVerdict> {
  if (isNobodysFault(error)) return { outcome: 'retry', delayMs: AWAY_DELAY };
  return failChunk(pool, ref, reasonOf(error));
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Failing to read it is as if the hint were lost. */
async function tellGivenUp({ pool, hints }: WorkerContext, tweetId: number): Promise<void> {
  const [delivery] = await readDeliveries(pool, [tweetId]).catch(() => []);
  if (delivery) tellProgress(hints, { kind: 'changed', tweetId, delivery });
}

/** What a chunk cannot help is not counted against it. */
const isNobodysFault = (error: unknown): boolean =>
  isStoreAway(error) || isPostgresAway(error) || error instanceof EpochOver;

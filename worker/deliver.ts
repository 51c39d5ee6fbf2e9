import { DeadLetter, type Handler, RetryLater } from '#broker/port.ts';
import { isPostgresAway, isStoreAway } from '#core/away.ts';
import { SECOND } from '#core/durations.ts';
import { packFollowers } from '#core/followers/packs.ts';
import { type FollowerRange, PROGRESS } from '#core/ledger/delivery.ts';
import { type FailureVerdict, failChunk } from '#core/ledger/fail-chunk.ts';
import { EVERY_SHARD, layoutOfPlan } from '#core/ledger/layout.ts';
import { countRedeliveries } from '#core/ledger/redeliveries.ts';
import {
  type ChunkRef,
  type FinishedFanOut,
  finishChunks,
  type PushedChunk,
  type PushedChunks,
  type StartedChunk,
  startChunks,
} from '#core/ledger/start-and-finish.ts';
import { type DeliveryMessage, deliveryMessage } from '#core/messages.ts';
import type { Epochs } from '#core/timelines/epoch.ts';
import {
  asOfNow,
  countPacked,
  EpochOver,
  type FixedStore,
  type PushResult,
  partsOf,
  pushChunk,
} from '#core/timelines/timeline.ts';
import type { WorkerContext } from '#worker/context.ts';
import type { Lane } from '#worker/lanes.ts';
import { parseBody } from '#worker/parse-body.ts';

/** Handles the delivery queue: one message, a few chunks of a large fan-out. */
export function deliveryHandler(context: WorkerContext): Handler {
  return async ({ body }) => {
    const message = parseBody(deliveryMessage, body);
    requireStore(context);
    await deliverMessage(context, context.lanes.large, message);
  };
}

/** True when the last look found the whole timeline store complete, and no push has failed since. */
export const isStoreHere = ({ epochs, lanes }: Pick<WorkerContext, 'epochs' | 'lanes'>): boolean =>
  epochs.known.size === lanes.small.store.shards;

/** Gives a message back to the broker while the store is away, before any follower is read. */
export function requireStore(context: WorkerContext): void {
  if (!isStoreHere(context)) throw new RetryLater(AWAY_DELAY, 'The timeline store is away or being repaired');
}

/** Delivers planned chunks of one tweet. */
export async function deliverMessage(
  context: WorkerContext,
  lane: Lane,
  message: DeliveryMessage,
): Promise<void> {
  await deliver(context, {
    lane,
    take: async (store) => {
      const chunks = await takeChunks(context, store, message);
      if (chunks.length < message.count) await noteRedeliveries(context, message);
      return chunks;
    },
    finish: async (pushed) => (await finishChunks(context.pool, [pushed]))[0] ?? null,
  });
}

/**
 * Takes chunks of the layout in force. Those that were planned for one before are taken under that one, so that the followers
 * of each are the ones it was planned for.
 */
async function takeChunks(
  { pool, name: worker }: WorkerContext,
  store: FixedStore,
  message: DeliveryMessage,
): Promise<StartedChunk[]> {
  const chunks = await startChunks(pool, message, { ...store, worker });
  if (chunks.length > 0) return chunks;
  const { plan, now } = await layoutOfPlan(pool, message.tweetId);
  if (plan.generation === store.generation) return [];
  if (plan.generation === now) throw new RetryLater(AWAY_DELAY, 'The number of shards has changed');
  return startChunks(pool, message, { ...plan, worker });
}

async function noteRedeliveries({ pool, hints }: WorkerContext, message: DeliveryMessage): Promise<void> {
  const fanOut = await countRedeliveries(pool, message);
  if (fanOut) tellChanged(hints, { ...fanOut, tweetId: message.tweetId });
}

/** What differs between a small fan-out and the chunks of a large one; {@link deliver} is the same for both. */
export type DeliverySteps = {
  lane: Lane;
  /** Takes chunks of one tweet from the ledger, with their followers; none when there is nothing to do. */
  take(store: FixedStore): Promise<StartedChunk[]>;
  /** Writes what was pushed into the ledger; null when it was there already. */
  finish(pushed: PushedChunks): Promise<FinishedFanOut | null>;
};

/**
 * Takes chunks, pushes each with its receipt, writes the counts into the ledger, and gives back what failed. The process may
 * die between any two steps: the chunks come again, and their receipts answer with the counts of the first time. Returns how
 * many chunks it took.
 */
export async function deliver(
  context: WorkerContext,
  { lane, take, finish }: DeliverySteps,
): Promise<number> {
  const { known: epochs, beat, repairs } = context.epochs; // before the followers are read, see epoch.ts
  const store = asOfNow(lane.store);
  const chunks = await take(store);
  const [first] = chunks;
  if (!first) return 0;
  PROGRESS.tell(context.hints, { kind: 'started', tweetId: first.tweetId });
  const pushes = await Promise.all(
    chunks.map((chunk) => push(context, { lane, store, chunk, epochs, beat })),
  );
  const failed = pushes.filter((each) => 'error' in each);
  const pushed = pushes.filter((each) => 'delivered' in each);
  if (pushed.length > 0)
    await finishPushed(context, { store, tweetId: first.tweetId, pushed, repairs, finish }).catch((error) => {
      failed.push(...pushed.map(({ chunk }) => ({ chunk, error })));
    });
  if (failed.length > 0) await giveBack(context, failed);
  return chunks.length;
}

type Pushed = PushedChunk & { chunk: StartedChunk };
type Failed = { chunk: StartedChunk; error: unknown };

type Push = { lane: Lane; store: FixedStore; chunk: StartedChunk; epochs: Epochs['known']; beat: number };

/**
 * Pushes one chunk. If it fails, the others go on. A chunk of all shards is pushed in parts, one to each shard that has any of
 * its followers, and each part has a receipt of its own. A chunk of a layout before is pushed to nobody: whoever has a timeline
 * in this one has the tweet in it, because it was rebuilt after the chunk was planned (see layout.ts). A chunk of a later layout
 * comes when that came into force after this began. It is tried again: its followers may have timelines there without the tweet.
 */
async function push(context: WorkerContext, { chunk, ...to }: Push): Promise<Pushed | Failed> {
  const { number, followers } = chunk;
  if (chunk.generation > to.store.generation)
    return { chunk, error: new EpochOver('The number of shards has changed since this began') };
  if (chunk.generation < to.store.generation)
    return { chunk, number, redelivered: false, delivered: 0, cold: countPacked(followers) };
  const parts = [...partsOf(chunk, to.store)];
  const pushes = await Promise.allSettled(
    parts.map(([shard, part]) => pushPart(context, { ...to, chunk, shard, part })),
  );
  const failed = pushes.find((each) => each.status === 'rejected');
  if (failed) return { chunk, error: failed.reason };
  const results = pushes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return { chunk, number, ...inAll(results) };
}

/** What the pushes of a chunk's parts did. It came again when nothing was pushed. */
const inAll = (results: PushResult[]): PushResult => ({
  redelivered: results.length > 0 && results.every(({ redelivered }) => redelivered),
  delivered: results.reduce((sum, { delivered }) => sum + delivered, 0),
  cold: results.reduce((sum, { cold }) => sum + cold, 0),
});

/**
 * Pushes to one shard. If the store is to blame for a failure, its epoch is forgotten: this process takes no message until a
 * look finds the store again, and pushes that wait for their turn are not tried.
 */
async function pushPart(
  context: WorkerContext,
  { lane, store, chunk, epochs, beat, shard, part }: Push & { shard: number; part: string },
): Promise<PushResult> {
  const { tweetId, number } = chunk;
  const epoch = epochs.get(shard);
  const pushing = async () => {
    if (epoch === undefined || context.epochs.known.get(shard) !== epoch)
      throw new EpochOver(`Shard ${shard} is away, or in another epoch`);
    return pushChunk(store, { tweetId, chunk: number, shard, followers: part, epoch, beat });
  };
  try {
    return await lane.inTurn(shard, pushing);
  } catch (error) {
    if (isStoreAway(error) || error instanceof EpochOver) context.epochs.forgetEpoch(shard, epoch);
    throw error;
  }
}

type Finishing = Omit<PushedChunks, 'pushed'> & {
  store: FixedStore;
  pushed: Pushed[];
  finish: DeliverySteps['finish'];
};

/** When the ledger does not take the counts, the receipts stay: the chunks are tried again and nothing is pushed twice. */
async function finishPushed(
  context: WorkerContext,
  { store, tweetId, pushed, repairs, finish }: Finishing,
): Promise<void> {
  const finished = await finish({ tweetId, pushed, repairs });
  if (!finished) return;
  context.finished?.(finished, pushed);
  const { authorId, chunks, isDelivered } = finished;
  const ranges = pushed.map(({ chunk }) => rangeOf(chunk, store));
  PROGRESS.tell(context.hints, { kind: 'finished', delivery: { tweetId, authorId }, ranges });
  if (isDelivered && chunks > 1) await packForNext(context, authorId);
}

function rangeOf({ shard, fromId, toId, generation }: StartedChunk, store: FixedStore): FollowerRange {
  const isOfOne = shard !== EVERY_SHARD && generation === store.generation;
  return { shard, fromId, toId, ...(isOfOne && { shards: store.shards }) };
}

/** Packs the followers for the next fan-out. Nobody waits for it. If it fails, that one reads them row by row. */
async function packForNext({ pool, chunkSize, lanes }: WorkerContext, authorId: number): Promise<void> {
  await packFollowers(pool, authorId, { chunkSize, shards: lanes.large.store.shards }).catch(() => {});
}

/**
 * Throws an error that tells the broker when to hand the message out again. It comes back as long as one of its chunks is to
 * be tried again, and the other chunks are ignored then.
 */
async function giveBack(context: WorkerContext, failed: Failed[]): Promise<never> {
  const delays: number[] = [];
  for (const { chunk, error } of failed) {
    const verdict = await judge(context, chunk, error);
    if (verdict.outcome === 'retry') delays.push(verdict.delayMs);
    else tellChanged(context.hints, chunk);
  }
  const cause = failed[0]?.error;
  if (delays.length > 0) throw new RetryLater(Math.max(...delays), reasonOf(cause), { cause });
  throw new DeadLetter(reasonOf(cause), { cause });
}

const AWAY_DELAY = SECOND; // until a chunk is tried again whose store or ledger is away or being repaired

/** What is not the chunk's own fault is not counted against it. */
async function judge({ pool }: WorkerContext, ref: ChunkRef, error: unknown): Promise<FailureVerdict> {
  if (isStoreAway(error) || isPostgresAway(error) || error instanceof EpochOver)
    return { outcome: 'retry', delayMs: AWAY_DELAY };
  return failChunk(pool, ref, reasonOf(error));
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Tells that something about a fan-out changed other than its counts. */
export function tellChanged(
  hints: WorkerContext['hints'],
  { tweetId, authorId }: { tweetId: number; authorId: number },
): void {
  PROGRESS.tell(hints, { kind: 'changed', tweetId, delivery: { tweetId, authorId } });
}

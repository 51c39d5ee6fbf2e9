import { DeadLetter, type Handler, RetryLater } from '#broker/port.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { failChunk } from '#core/ledger/fail-chunk.ts';
import { countRedelivery, finishChunk } from '#core/ledger/finish-chunk.ts';
import { type ChunkRef, type ChunkWork, startChunk } from '#core/ledger/start-chunk.ts';
import { deliveryMessage } from '#core/messages.ts';
import { isPostgresAway } from '#core/postgres.ts';
import { tellProgress } from '#core/progress/progress.ts';
import { isStoreAway } from '#core/redis.ts';
import { EpochOver, pushChunk } from '#core/timelines/timeline.ts';
import type { WorkerContext } from '#worker/context.ts';
import type { Lane } from '#worker/lane.ts';
import { parseBody } from '#worker/parse-body.ts';

/** Handles the delivery queue: one message, one chunk. */
export function deliveryHandler(context: WorkerContext): Handler {
  return async ({ body }) => {
    const { tweetId, chunk } = parseBody(deliveryMessage, body);
    await deliverChunk(context, context.chunks, { tweetId, number: chunk });
  };
}

const AWAY_DELAY = 1_000; // ms until a chunk is tried again whose store, or ledger, is away or being repaired

/**
 * Delivers one chunk: ledger, push with its receipt, ledger. Dying between any two steps is harmless: the chunk comes
 * again, and its receipt answers with the counts of the first time.
 */
export async function deliverChunk(context: WorkerContext, lane: Lane, ref: ChunkRef): Promise<void> {
  const epochs = context.epochs.known; // before the followers are read, see epoch.ts
  const work = await startChunk(context.pool, ref, { worker: context.name, shards: lane.store.shards });
  if (!work) return ignoreRedelivery(context, ref);
  await deliverWork(context, lane, { ...work, epochs });
}

type Epochs = WorkerContext['epochs']['known'];

/** The second half: of a chunk that this worker has taken, and whose followers were read in these epochs. */
export async function deliverWork(
  context: WorkerContext,
  lane: Lane,
  { epochs, ...work }: ChunkWork & { epochs: Epochs },
): Promise<void> {
  const { tweetId, number } = work;
  tellProgress(context.hints, { kind: 'started', tweetId, number, worker: context.name });
  try {
    await pushAndFinish(context, lane, { ...work, epoch: epochOf(epochs, work.shard) });
  } catch (error) {
    await giveBack(context, { tweetId, number }, error);
  }
}

function epochOf(epochs: Epochs, shard: number): string {
  const epoch = epochs.get(shard);
  if (epoch === undefined) throw new EpochOver(`Shard ${shard} has not been found complete yet`);
  return epoch;
}

async function pushAndFinish(
  context: WorkerContext,
  lane: Lane,
  work: ChunkWork & { epoch: string },
): Promise<void> {
  const { tweetId, number, shard, followers, epoch } = work;
  const push = { tweetId, chunk: number, shard, followers, epoch };
  const result = await lane.inTurn(shard, () => pushChunk(lane.store, push));
  const delivery = await finishChunk(context.pool, { tweetId, number }, result);
  if (!delivery) return;
  const { fromId, toId } = work;
  tellProgress(context.hints, {
    kind: 'finished',
    ...{ number, worker: context.name, shard, fromId, toId, delivery },
  });
}

async function ignoreRedelivery({ pool, hints }: WorkerContext, ref: ChunkRef): Promise<void> {
  const delivery = await countRedelivery(pool, ref);
  if (delivery) tellProgress(hints, { kind: 'changed', tweetId: ref.tweetId, delivery });
}

/** Throws what tells the broker when to hand the chunk out again, if ever. */
async function giveBack(context: WorkerContext, ref: ChunkRef, error: unknown): Promise<never> {
  const reason = error instanceof Error ? error.message : String(error);
  if (isNobodysFault(error)) throw new RetryLater(AWAY_DELAY, reason, { cause: error });
  const verdict = await failChunk(context.pool, ref, reason);
  switch (verdict.outcome) {
    case 'retry':
      throw new RetryLater(verdict.delayMs, reason, { cause: error });
    case 'given up':
      await tellGivenUp(context, ref);
      throw new DeadLetter(reason, { cause: error });
  }
}

/** Failing to read it is as if the hint were lost. */
async function tellGivenUp({ pool, hints }: WorkerContext, { tweetId }: ChunkRef): Promise<void> {
  const [delivery] = await readDeliveries(pool, [tweetId]).catch(() => []);
  if (delivery) tellProgress(hints, { kind: 'changed', tweetId, delivery });
}

/** What a chunk cannot help is not counted against it. */
const isNobodysFault = (error: unknown): boolean =>
  isStoreAway(error) || isPostgresAway(error) || error instanceof EpochOver;

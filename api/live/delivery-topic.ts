import type pg from 'pg';
import type { EventStream } from '#api/live/event-stream.ts';
import { Paced } from '#api/live/paced.ts';
import type { HintSource } from '#core/hints.ts';
import { type ChunkRecord, readChunks } from '#core/ledger/chunks.ts';
import { type Delivery, isFinished, readDeliveries, readRecentDeliveries } from '#core/ledger/delivery.ts';
import type { Progress } from '#core/ledger/progress.ts';

type Sources = { pool: pg.Pool; progress: HintSource<Progress> };

const PACE = 100; // ms between two events about one tweet; what comes faster is summed up in the next
const LOOK_EVERY = 2_000; // ms between two looks at what is on its way: hints may be lost

/**
 * Sends `delivery` events of all tweets of an author that are on their way: first as the ledger has them, then as
 * hints come. After a gap in the hints the ledger is read again, including those that finished meanwhile.
 */
export async function streamPosts(stream: EventStream, sources: Sources, authorId: number): Promise<void> {
  const onWay = new Set<number>();
  const paced = new Paced(PACE, async (tweetId: number) => {
    const delivery = await refresh(stream, sources.pool, tweetId);
    if (!delivery || isFinished(delivery)) onWay.delete(tweetId);
  });
  const snapshot = async () => {
    for (const delivery of await readRecentDeliveries(sources.pool, authorId)) onWay.add(delivery.tweetId);
    for (const tweetId of onWay) paced.touch(tweetId);
  };
  const stopListening = sources.progress.listen((heard) => {
    if (heard === 'resync') return void snapshot().catch(() => {});
    if (heard.kind === 'started' || heard.delivery.authorId !== authorId) return;
    onWay.add(heard.delivery.tweetId);
    paced.touch(heard.delivery.tweetId);
  });
  stream.onEnd(stopListening);
  lookAgain(stream, () => {
    for (const tweetId of onWay) paced.touch(tweetId);
  });
  stream.onEnd(() => paced.stop());
  await snapshot();
}

/** Sends `delivery` and `chunks` events of one tweet: all of it first, then what changed. */
export async function streamDelivery(stream: EventStream, sources: Sources, tweetId: number): Promise<void> {
  const known = new Map<number, string>();
  let isOnWay = true;
  const paced = new Paced(PACE, async () => {
    const delivery = await refresh(stream, sources.pool, tweetId);
    isOnWay = delivery !== undefined && !isFinished(delivery);
    const chunks = await readChunks(sources.pool, tweetId);
    const changed = chunks.filter((chunk) => changedSince(known, chunk));
    if (changed.length > 0) stream.send('chunks', { tweetId, chunks: changed });
  });
  const stopListening = sources.progress.listen((heard) => {
    if (heard === 'resync' || tweetOf(heard) === tweetId) paced.touch(tweetId);
  });
  stream.onEnd(stopListening);
  lookAgain(stream, () => {
    if (isOnWay) paced.touch(tweetId);
  });
  stream.onEnd(() => paced.stop());
  paced.touch(tweetId);
}

async function refresh(stream: EventStream, pool: pg.Pool, tweetId: number): Promise<Delivery | undefined> {
  const [delivery] = await readDeliveries(pool, [tweetId]);
  if (delivery) stream.send('delivery', delivery);
  return delivery;
}

function lookAgain(stream: EventStream, look: () => void): void {
  const timer = setInterval(look, LOOK_EVERY);
  stream.onEnd(() => clearInterval(timer));
}

const tweetOf = (progress: Progress): number =>
  progress.kind === 'finished' ? progress.delivery.tweetId : progress.tweetId;

function changedSince(known: Map<number, string>, chunk: ChunkRecord): boolean {
  const { state, attempts, redeliveries, error } = chunk;
  const mark = JSON.stringify([state, attempts, redeliveries, error]);
  const changed = known.get(chunk.number) !== mark;
  known.set(chunk.number, mark);
  return changed;
}

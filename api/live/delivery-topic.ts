import type pg from 'pg';
import { Changes } from '#api/live/changes.ts';
import type { EventStream } from '#api/live/event-stream.ts';
import { Paced, SharedReads } from '#api/live/shared-reads.ts';
import type { HintSource } from '#core/hints.ts';
import { type ChunkRecord, readChunks } from '#core/ledger/chunks.ts';
import { type Delivery, isFinished, readDeliveries, readRecentDeliveries } from '#core/ledger/delivery.ts';
import type { Progress } from '#core/ledger/progress.ts';

type Sources = { pool: pg.Pool; progress: HintSource<Progress> };

const PACE = 100; // ms between two events about one tweet; what comes faster is summed up in the next
const LOOK_EVERY = 2_000; // ms between two looks at what is on its way: hints may be lost

/** The deliveries that somebody looks at: one read a tweet for all streams of this process, as the hints come. */
export class WatchedDeliveries {
  readonly #deliveries: SharedReads<number, Delivery>;
  readonly #chunks: SharedReads<number, ChunkRecord>;
  readonly #onWay = new Set<number>();
  #isListening = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(private readonly sources: Sources) {
    this.#deliveries = new SharedReads({
      pace: PACE,
      read: (tweetId) => this.#read(tweetId),
      idOf: ({ tweetId }) => tweetId,
      markOf: ({ now }) => now, // a page shows how long ago something was, by this clock
    });
    this.#chunks = new SharedReads({
      pace: PACE,
      read: (tweetId) => readChunks(sources.pool, tweetId),
      idOf: ({ number }) => number,
      markOf: ({ state, attempts, redeliveries, error }) =>
        JSON.stringify([state, attempts, redeliveries, error]),
    });
  }

  /** Calls `listener` with the delivery of this tweet, now and as it goes on; returns how to stop. */
  watch(tweetId: number, listener: (delivery: Delivery) => void): () => void {
    this.#listen();
    return this.#deliveries.watch(tweetId, (read) => read.forEach(listener));
  }

  /** Calls `listener` with all chunks of this tweet, and then with those that changed; returns how to stop. */
  watchChunks(tweetId: number, listener: (chunks: ChunkRecord[]) => void): () => void {
    this.#listen();
    return this.#chunks.watch(tweetId, listener);
  }

  #listen(): void {
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY);
    if (this.#isListening) return;
    this.#isListening = true;
    this.sources.progress.listen((heard) => {
      for (const reads of [this.#deliveries, this.#chunks])
        heard === 'resync' ? reads.touchAll() : reads.touch(tweetOf(heard));
    });
  }

  #look(): void {
    for (const tweetId of this.#onWay) {
      this.#chunks.touch(tweetId);
      if (!this.#deliveries.touch(tweetId)) this.#onWay.delete(tweetId);
    }
    if (this.#deliveries.isWatched) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  async #read(tweetId: number): Promise<Delivery[]> {
    const deliveries = await readDeliveries(this.sources.pool, [tweetId]);
    if (deliveries.every(isFinished)) this.#onWay.delete(tweetId);
    else this.#onWay.add(tweetId);
    return deliveries;
  }
}

type OfAuthor = Sources & { deliveries: WatchedDeliveries };

/**
 * Sends `delivery` events of all tweets of an author that are on their way: first as the ledger has them, then as
 * hints come. After a gap in the hints the ledger is read again, including those that finished meanwhile.
 */
export async function streamPosts(stream: EventStream, sources: OfAuthor, authorId: number): Promise<void> {
  const watched = new Map<number, () => void>();
  const watch = (tweetId: number) => {
    if (watched.has(tweetId)) return;
    const stop = sources.deliveries.watch(tweetId, (delivery) => {
      stream.send('delivery', delivery);
      if (!isFinished(delivery)) return;
      stop();
      watched.delete(tweetId);
    });
    watched.set(tweetId, stop);
  };
  const snapshot = async () => {
    for (const { tweetId } of await readRecentDeliveries(sources.pool, authorId)) watch(tweetId);
  };
  const resync = new Paced(PACE, snapshot);
  stream.onEnd(
    sources.progress.listen((heard) => {
      if (heard === 'resync') resync.touch('all');
      else if (heard.kind !== 'started' && heard.delivery.authorId === authorId)
        watch(heard.delivery.tweetId);
    }),
  );
  stream.onEnd(() => {
    resync.stop();
    for (const stop of watched.values()) stop();
  });
  await snapshot();
}

/** Sends `delivery` and `chunks` events of one tweet: all of it first, then what changed. */
export function streamDelivery(
  stream: EventStream,
  { deliveries }: Pick<OfAuthor, 'deliveries'>,
  tweetId: number,
): void {
  const changes = new Changes<ChunkRecord>(stream, {
    idOf: ({ number }) => number,
    send: (chunks) => stream.send('chunks', { tweetId, chunks }),
  });
  stream.onEnd(deliveries.watch(tweetId, (delivery) => stream.send('delivery', delivery)));
  stream.onEnd(deliveries.watchChunks(tweetId, (chunks) => changes.add(chunks)));
}

const tweetOf = (progress: Progress): number =>
  progress.kind === 'finished' ? progress.delivery.tweetId : progress.tweetId;

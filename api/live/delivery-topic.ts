import type pg from 'pg';
import type { EventStream } from '#api/live/event-stream.ts';
import { Paced, SharedReads } from '#api/live/shared-reads.ts';
import { SECOND } from '#core/durations.ts';
import type { HintSource } from '#core/hints.ts';
import type { Progress } from '#core/ledger/delivery.ts';
import { type Delivery, isFinished, readDeliveries, readRecentDeliveries } from '#core/ledger/delivery.ts';

type Sources = { pool: pg.Pool; progress: HintSource<Progress> };

/** ms between two events about one tweet; what comes faster is summed up in the next. */
export const PACE = 100;
/** ms between two looks at what is on its way: hints may be lost. */
export const LOOK_EVERY = 2 * SECOND;

/** The deliveries that somebody looks at. As hints come, each tweet is read once for all streams of this process. */
export class WatchedDeliveries extends SharedReads<number, Delivery> {
  constructor({ pool, progress }: Sources) {
    super({
      pace: PACE,
      read: (tweetId) => readDeliveries(pool, [tweetId]),
      idOf: ({ tweetId }) => tweetId,
      markOf: ({ now }) => now, // a page shows how long ago something was, by this clock
      listen: (reads) => hearProgress(progress, reads),
      lookAgain: { everyMs: LOOK_EVERY, isDue: (_, read) => !read.every(isFinished) },
    });
  }
}

/** Reads again what hints of progress name. */
export function hearProgress<Item>(progress: HintSource<Progress>, reads: SharedReads<number, Item>): void {
  progress.listen((heard) => {
    if (heard === 'resync') reads.touchAll();
    else reads.touch(heard.kind === 'finished' ? heard.delivery.tweetId : heard.tweetId);
  });
}

type OfAuthor = Sources & { deliveries: WatchedDeliveries };

/**
 * Sends `delivery` events of all tweets of an author that are on their way: first as the ledger has them, then as hints
 * come. After a gap in the hints it reads the ledger again, also for those that finished meanwhile.
 */
export async function streamPosts(stream: EventStream, sources: OfAuthor, authorId: number): Promise<void> {
  const watched = new Map<number, () => void>();
  let isOver = false; // a stream may end while its snapshot is read
  const watch = (tweetId: number) => {
    if (isOver || watched.has(tweetId)) return;
    const stop = sources.deliveries.watch(tweetId, (deliveries) => {
      for (const delivery of deliveries) stream.send('delivery', delivery);
      if (!deliveries.every(isFinished)) return;
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
    isOver = true;
    resync.stop();
    for (const stop of watched.values()) stop();
  });
  await snapshot();
}

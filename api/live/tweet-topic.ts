import type pg from 'pg';
import { Changes } from '#api/live/changes.ts';
import { hearProgress, LOOK_EVERY, PACE, type WatchedDeliveries } from '#api/live/delivery-topic.ts';
import type { EventStream } from '#api/live/event-stream.ts';
import { SharedReads } from '#api/live/shared-reads.ts';
import type { AUDITS, AuditLine, AuditProgress } from '#core/audit/line.ts';
import type { HintSource } from '#core/hints.ts';
import { type ChunkRecord, readChunks } from '#core/ledger/chunks.ts';
import type { Progress } from '#core/ledger/delivery.ts';
import { isFinished } from '#core/ledger/delivery.ts';

type ChunkSources = { pool: pg.Pool; progress: HintSource<Progress>; deliveries: WatchedDeliveries };

/** The chunks of the tweets that somebody looks at, read as their deliveries are. */
export class WatchedChunks extends SharedReads<number, ChunkRecord> {
  constructor({ pool, progress, deliveries }: ChunkSources) {
    super({
      pace: PACE,
      read: (tweetId) => readChunks(pool, tweetId),
      idOf: ({ number }) => number,
      markOf: ({ state, attempts, redeliveries, error }) =>
        JSON.stringify([state, attempts, redeliveries, error]),
      listen: (reads) => hearProgress(progress, reads),
      lookAgain: { everyMs: LOOK_EVERY, isDue: (tweetId) => !deliveries.last(tweetId).every(isFinished) },
    });
  }
}

type Told = { tweetId: number; progress: AuditProgress | null };

type AuditHint = NonNullable<ReturnType<typeof AUDITS.parse>>;

/** How far the audits are of the tweets that somebody looks at. */
export class WatchedAudits extends SharedReads<number, Told> {
  constructor({ line, hints }: { line: AuditLine; hints: HintSource<AuditHint> }) {
    super({
      pace: PACE,
      read: async (tweetId) => [{ tweetId, progress: await line.progress(tweetId) }],
      idOf: ({ tweetId }) => tweetId,
      markOf: (told) => JSON.stringify(told),
      listen: (reads) =>
        hints.listen((heard) => {
          if (heard === 'resync') reads.touchAll();
          else reads.touch(heard.tweetId);
        }),
      // When the process of an audit has died, no hint says so.
      lookAgain: { everyMs: LOOK_EVERY, isDue: (_, told) => told.some(({ progress }) => progress !== null) },
    });
  }
}

type Watching = {
  deliveries: WatchedDeliveries;
  chunks: WatchedChunks;
  watchedAudits: WatchedAudits;
};

/**
 * Sends `delivery` and `chunks` events of one tweet: everything first, then what changed. Sends `audit` events, which say
 * how far its audit is, or null while there is none.
 */
export function streamTweet(
  stream: EventStream,
  { deliveries, chunks, watchedAudits }: Watching,
  tweetId: number,
): void {
  const changes = new Changes<ChunkRecord>(stream, {
    idOf: ({ number }) => number,
    send: (told) => stream.send('chunks', { tweetId, chunks: told }),
  });
  const watches = [
    deliveries.watch(tweetId, ([delivery]) => delivery && stream.send('delivery', delivery)),
    chunks.watch(tweetId, (changed) => changes.add(changed)),
    watchedAudits.watch(tweetId, ([told]) => told && stream.send('audit', told)),
  ];
  for (const stop of watches) stream.onEnd(stop);
}

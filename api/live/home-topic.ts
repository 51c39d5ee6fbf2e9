import type pg from 'pg';
import type { EventStream } from '#api/live/event-stream.ts';
import { Paced } from '#api/live/shared-reads.ts';
import type { SessionAccount } from '#api/session.ts';
import type { HintSource } from '#core/hints.ts';
import {
  type ChunksFinished,
  type FollowerRange,
  type Progress,
  reachedAmong,
} from '#core/ledger/delivery.ts';
import type { HomeReader } from '#core/timelines/home-reader.ts';
import type { Tweet } from '#core/tweets/tweet.ts';
import { readTweet } from '#core/tweets/tweet.ts';

type Sources = { homes: HomeReader; arrivals: Arrivals };

const NEWEST = 100; // tweets of one look; a reader who was away for longer reloads
/** Of these, so many are sent again although their ids are below the cursor: as many as a page shows. */
const AGAIN = 40;
const REMEMBERED = 400; // ids that a stream has sent
const PACE = 100; // ms between two looks

/**
 * Sends `arrival` events of an account's home timeline. Each carries the newest id that was sent as its event id.
 *
 * The browser sends that id back as `since`. It does not separate what was sent from what was not: tweets arrive out of
 * order, and one with a smaller id may come to a timeline while nobody listens. So a stream begins with the newest tweets of
 * the timeline, and looks at them again after a gap in the hints. The browser drops what it has (docs/decisions/027).
 */
export async function streamHome(
  stream: EventStream,
  sources: Sources,
  { account, since }: { account: SessionAccount; since: number | null },
): Promise<void> {
  let cursor = since;
  const sent = new Set<number>();
  const arrived = (tweet: Tweet) => {
    if (sent.has(tweet.id)) return;
    remember(sent, tweet.id);
    cursor = Math.max(cursor ?? 0, tweet.id);
    stream.send('arrival', { account: account.handle, tweet, at: new Date().toISOString() }, String(cursor));
  };
  const look = async () => {
    const { tweets } = await sources.homes.read({ userId: account.id, limit: NEWEST });
    const due = tweets.filter(({ id }, place) => place < AGAIN || (cursor !== null && id > cursor));
    for (const tweet of due.reverse()) if (tweet.author.id !== account.id) arrived(tweet);
  };
  const looks = new Paced(PACE, look);
  stream.onEnd(() => looks.stop());
  stream.onEnd(
    sources.arrivals.watch({ userId: account.id, arrived, resync: () => looks.touch(account.id) }),
  );
  await look();
  // The browser gets a cursor at the start, so that it is sent what it missed if it is cut off before the first arrival.
  if (cursor === null) stream.send('beat', { at: new Date().toISOString() }, '0');
}

function remember(ids: Set<number>, id: number): void {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > REMEMBERED && oldest !== undefined) ids.delete(oldest);
}

type Viewer = { userId: number; arrived: (tweet: Tweet) => void; resync: () => void };

/**
 * Tells the people who are looking that a tweet has reached their timeline. There is no message for each follower: a
 * finished chunk names a range of follower ids, and one query looks up the viewers of this process within it. For a million
 * deliveries with three people looking, 250 ranges are compared.
 */
export class Arrivals {
  readonly #viewers = new Set<Viewer>();
  #isListening = false;

  constructor(private readonly sources: { pool: pg.Pool; progress: HintSource<Progress> }) {}

  /** Calls `arrived` for each tweet that reaches this user's timeline; `resync` after a gap. Returns how to stop. */
  watch(viewer: Viewer): () => void {
    if (!this.#isListening) this.#listen();
    this.#viewers.add(viewer);
    return () => this.#viewers.delete(viewer);
  }

  #listen(): void {
    this.#isListening = true;
    this.sources.progress.listen((heard) => {
      if (heard === 'resync') resync(this.#viewers);
      else if (heard.kind === 'finished') this.#announce(heard);
      // A worker may have died before its hint. Then this comes when its message comes again, and nothing else ever does.
      else if (heard.kind === 'changed') this.#lookAgain(heard.delivery);
    });
  }

  #lookAgain(delivery: ChunksFinished['delivery']): void {
    const all = [...this.#viewers];
    if (all.length === 0) return;
    this.#reached(all, delivery).then(resync, () => resync(all));
  }

  #announce({ ranges, delivery }: ChunksFinished): void {
    const near = [...this.#viewers].filter(({ userId }) => isWithin(ranges, userId));
    if (near.length === 0) return;
    // The ledger is away for a moment: each viewer looks again until it answers.
    this.#tell(near, delivery).catch(() => resync(near));
  }

  async #tell(near: Viewer[], delivery: ChunksFinished['delivery']): Promise<void> {
    const reached = await this.#reached(near, delivery);
    const tweet = reached.length > 0 ? await readTweet(this.sources.pool, delivery.tweetId) : null;
    if (tweet) for (const viewer of reached) viewer.arrived(tweet);
  }

  async #reached(viewers: Viewer[], delivery: ChunksFinished['delivery']): Promise<Viewer[]> {
    const userIds = viewers.map(({ userId }) => userId);
    const reached = await reachedAmong(this.sources.pool, delivery, userIds);
    return viewers.filter(({ userId }) => reached.has(userId));
  }
}

/** A chunk was planned for so many shards, and this process need not know how many there are now. */
function isWithin(ranges: FollowerRange[], userId: number): boolean {
  return ranges.some(
    ({ fromId, toId, shard, shards }) =>
      userId >= fromId && userId <= toId && (shards === undefined || userId % shards === shard),
  );
}

function resync(viewers: Iterable<Viewer>): void {
  for (const viewer of viewers) viewer.resync();
}

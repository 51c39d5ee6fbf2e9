import type pg from 'pg';
import type { EventStream } from '#api/live/event-stream.ts';
import type { OpenStream } from '#api/live/open-streams.ts';
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

/**
 * Sends `arrival` events of an account's home timeline. Each carries the newest id that was sent as its event id, which the
 * browser sends back as `since`. The browser has its own tweets already, and drops what it was sent before.
 */
export async function streamHome(
  stream: EventStream,
  sources: Sources,
  { account, since }: { account: SessionAccount; since: number | null },
): Promise<void> {
  let hasCursor = since !== null;
  const arrived = (tweet: Tweet, cursor: number) => {
    if (tweet.author.id === account.id) return;
    hasCursor = true;
    stream.send('arrival', { account: account.handle, tweet, at: new Date().toISOString() }, String(cursor));
  };
  await watchTimeline(stream, homeOf(sources, account.id), { since, arrived });
  // The browser gets a cursor at the start, so that it is sent what it missed if it is cut off before the first arrival.
  if (!hasCursor) stream.send('beat', { at: new Date().toISOString() }, '0');
}

/** The home timeline of a user, as far as others write in it. */
export const homeOf = ({ homes, arrivals }: Sources, userId: number): Timeline => ({
  newest: async (limit) => (await homes.read({ userId, limit })).tweets,
  watch: ({ arrived, lost }) => arrivals.watch({ userId, arrived, resync: lost }),
});

/** `lost`: tweets may have come of which nobody was told. */
export type TimelineListener = { arrived: (tweet: Tweet) => void; lost: () => void };

/** A timeline that can be read, and that tells what comes to it. */
export type Timeline = {
  /** Its newest tweets, the newest first. */
  newest(limit: number): Promise<Tweet[]>;
  /** Tells what comes from now on; returns how to stop. */
  watch(listener: TimelineListener): () => void;
};

/** What a client of a stream has, and what it is told. */
export type Reader = {
  /** The newest id that the client has heard; null when it does not say. */
  since: number | null;
  /** Told of each tweet once, the oldest of several first, with the newest id so far. */
  arrived: (tweet: Tweet, cursor: number) => void;
  /** Whether the client has a tweet that is in the timeline already. Without it, it has none. */
  isKnown?: (tweet: Tweet) => boolean;
};

const NEWEST = 100; // tweets of one look; a reader who was away for longer reloads
/** Of these, so many are told again although their ids are below the cursor: as many as a page shows. */
const AGAIN = 40;
const REMEMBERED = 400; // ids that a stream has told
const PACE = 100; // ms between two looks

/**
 * Tells the tweets of a timeline as they come, until the stream ends.
 *
 * `since` does not separate what was sent from what was not: tweets arrive out of order, and one with a smaller id may come
 * to a timeline while nobody listens. So it begins with the newest tweets of the timeline, and looks at them again after a
 * gap in the hints (docs/decisions/027).
 */
export async function watchTimeline(
  stream: Pick<OpenStream, 'onEnd'>,
  timeline: Timeline,
  { since, arrived, isKnown = () => false }: Reader,
): Promise<void> {
  let cursor = since;
  const told = new Set<number>();
  const tell = (tweet: Tweet) => {
    if (told.has(tweet.id)) return;
    remember(told, tweet.id);
    cursor = Math.max(cursor ?? 0, tweet.id);
    arrived(tweet, cursor);
  };
  const tellNewest = (tweets: Tweet[]) => {
    const due = tweets.filter(({ id }, place) => place < AGAIN || (cursor !== null && id > cursor));
    for (const tweet of due.reverse()) tell(tweet);
  };
  const looks = new Paced<'newest'>(PACE, async () => tellNewest(await timeline.newest(NEWEST)));
  stream.onEnd(() => looks.stop());
  stream.onEnd(timeline.watch({ arrived: tell, lost: () => looks.touch('newest') }));
  const first = await timeline.newest(NEWEST);
  for (const tweet of first) if (isKnown(tweet)) remember(told, tweet.id);
  tellNewest(first);
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

import type pg from 'pg';
import type { EventStream } from '#api/live/event-stream.ts';
import type { SessionAccount } from '#api/session.ts';
import type { HintSource } from '#core/hints.ts';
import {
  type ChunksFinished,
  type FollowerRange,
  type Progress,
  reachedAmong,
} from '#core/ledger/progress.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { shardOf } from '#core/timelines/keys.ts';
import { readTweet } from '#core/tweets/hydrate.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

type Stores = Parameters<typeof readHome>[0];
type Sources = Stores & { arrivals: Arrivals };

const CATCH_UP = 100; // tweets at most; a reader who was away for longer reloads

/**
 * Sends `arrival` events of an account's home timeline. Each carries the newest id that was sent as its event id;
 * with that id given as `since`, or after a gap in the hints, what arrived meanwhile comes first.
 */
export async function streamHome(
  stream: EventStream,
  sources: Sources,
  { account, since }: { account: SessionAccount; since: number | null },
): Promise<void> {
  let newest = since ?? (await newestId(sources, account.id));
  const sent = new Set<number>();
  const arrived = (tweet: Tweet) => {
    if (sent.has(tweet.id)) return;
    sent.add(tweet.id);
    newest = Math.max(newest, tweet.id);
    stream.send('arrival', { account: account.handle, tweet, at: new Date().toISOString() }, String(newest));
  };
  const catchUp = async () => {
    const { tweets } = await readHome(sources, { userId: account.id, limit: CATCH_UP });
    const missed = tweets.filter((tweet) => tweet.id > newest && tweet.author.id !== account.id);
    for (const tweet of missed.reverse()) arrived(tweet);
  };
  const resync = () => void catchUp().catch(() => {});
  stream.onEnd(sources.arrivals.watch({ userId: account.id, arrived, resync }));
  // A cursor from the start: a browser that is cut off before its first arrival would otherwise come back without one.
  if (since === null) stream.send('beat', { at: new Date().toISOString() }, String(newest));
  else await catchUp();
}

async function newestId(stores: Stores, userId: number): Promise<number> {
  const { tweets } = await readHome(stores, { userId, limit: 1 });
  return tweets[0]?.id ?? 0;
}

type Viewer = { userId: number; arrived: (tweet: Tweet) => void; resync: () => void };

/**
 * Tells the people who are looking that a tweet has reached their timeline. A finished chunk names a range of
 * follower ids: the viewers of this process who are within it are looked up in one query, instead of one message a
 * follower. A million deliveries with three people looking are 250 comparisons of ranges.
 */
export class Arrivals {
  readonly #viewers = new Set<Viewer>();
  #isListening = false;

  constructor(private readonly sources: { pool: pg.Pool; progress: HintSource<Progress>; shards: number }) {}

  /** Calls `arrived` for each tweet that reaches this user's timeline; `resync` after a gap. Returns how to stop. */
  watch(viewer: Viewer): () => void {
    if (!this.#isListening) this.#listen();
    this.#viewers.add(viewer);
    return () => this.#viewers.delete(viewer);
  }

  #listen(): void {
    this.#isListening = true;
    this.sources.progress.listen((heard) => {
      if (heard === 'resync') for (const viewer of this.#viewers) viewer.resync();
      // A ledger that is away for a moment: the arrivals come with the resync of the next reconnect.
      else if (heard.kind === 'finished') this.#announce(heard).catch(() => {});
    });
  }

  async #announce({ ranges, delivery }: ChunksFinished): Promise<void> {
    const near = [...this.#viewers].filter(({ userId }) => this.#isWithin(ranges, userId));
    if (near.length === 0) return;
    const { pool } = this.sources;
    const userIds = near.map(({ userId }) => userId);
    const reached = await reachedAmong(pool, delivery, userIds);
    const tweet = reached.size > 0 ? await readTweet(pool, delivery.tweetId) : null;
    if (!tweet) return;
    for (const viewer of near) if (reached.has(viewer.userId)) viewer.arrived(tweet);
  }

  #isWithin(ranges: FollowerRange[], userId: number): boolean {
    const own = shardOf(userId, this.sources.shards);
    return ranges.some(({ fromId, toId, shard }) => userId >= fromId && userId <= toId && shard === own);
  }
}

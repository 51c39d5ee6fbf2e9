import type pg from 'pg';
import { Paced } from '#api/live/shared-reads.ts';
import { SECOND } from '#core/durations.ts';
import type { HintSource } from '#core/hints.ts';
import {
  type DeletedTweet,
  newestDeletion,
  readDeleted,
  readersOf,
  readRecentlyDeleted,
  type TweetChange,
} from '#core/tweets/tweet-changes.ts';

const PACE = 100; // ms between two reads of the log; what comes faster is read together
const LOOK_EVERY = 5 * SECOND; // hints may be lost
const MOST = 500; // deletions by one read
/** Seconds for which a client may be away and still hear of every deletion. */
const AWAY_S = 300;

/** `everybody`: told of every tweet, whoever may read it. */
type Viewer = { userId: number | 'everybody'; deleted: (tweetId: number) => void };

/**
 * Tells people who listen which tweets are deleted, of those that may be in their timelines. The log of home changes says
 * which, in the order of the commits: from the mark on nothing is missed, whatever becomes of a hint. One read serves all.
 */
export class DeletedTweets {
  readonly #viewers = new Set<Viewer>();
  /** Those of them who have not been told yet of the last minutes. */
  readonly #newcomers = new Set<Viewer>();
  readonly #looks = new Paced<'log'>(PACE, () => this.#look());
  #isListening = false;
  #looking: NodeJS.Timeout | undefined;
  /** The version of the log up to which all were told; undefined until the first look of those who listen. */
  #mark: number | undefined;

  constructor(private readonly sources: { pool: pg.Pool; changes: HintSource<TweetChange> }) {}

  /**
   * Calls `deleted` for each tweet that is deleted from now on, and first for those of the last minutes: the client may
   * have been away for a moment. Returns how to stop.
   */
  watch(viewer: Viewer): () => void {
    if (!this.#isListening) this.#listen();
    // Not when the last one leaves: a look that runs then sets the mark behind it.
    if (this.#viewers.size === 0) this.#mark = undefined;
    this.#looking ??= setInterval(() => this.#looks.touch('log'), LOOK_EVERY);
    this.#viewers.add(viewer);
    this.#newcomers.add(viewer);
    this.#looks.touch('log'); // it sets the mark
    return () => {
      this.#viewers.delete(viewer);
      this.#newcomers.delete(viewer);
      if (this.#viewers.size === 0) this.#rest();
    };
  }

  /** All who have come since the last look are told by one read: after a restart a thousand come at once. */
  async #tellNewcomers(): Promise<void> {
    const newcomers = [...this.#newcomers];
    if (newcomers.length === 0) return;
    await this.#tell(
      await readRecentlyDeleted(this.sources.pool, { seconds: AWAY_S, most: MOST }),
      newcomers,
    );
    for (const newcomer of newcomers) this.#newcomers.delete(newcomer);
  }

  #listen(): void {
    this.#isListening = true;
    this.sources.changes.listen((heard) => {
      if (this.#viewers.size > 0 && (heard === 'resync' || heard.kind === 'deleted'))
        this.#looks.touch('log');
    });
  }

  #rest(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  async #look(): Promise<void> {
    if (this.#viewers.size === 0) return;
    const newest = await newestDeletion(this.sources.pool);
    // A restored ledger may have a shorter log. What it forgot was never told to have been deleted.
    const from = Math.min(this.#mark ?? newest, newest);
    this.#mark = from;
    const tweets = await readDeleted(this.sources.pool, from, MOST);
    await this.#tell(tweets, [...this.#viewers]);
    const isMore = tweets.length === MOST;
    this.#mark = isMore ? tweets.at(-1)?.version : Math.max(newest, tweets.at(-1)?.version ?? 0);
    if (isMore) this.#looks.touch('log');
    await this.#tellNewcomers();
  }

  async #tell(tweets: DeletedTweet[], viewers: Viewer[]): Promise<void> {
    if (tweets.length === 0 || viewers.length === 0) return;
    const userIds = [...new Set(viewers.flatMap(({ userId }) => (userId === 'everybody' ? [] : [userId])))];
    const reached = userIds.length > 0 ? await readersOf(this.sources.pool, tweets, userIds) : [];
    const told = new Map<Viewer['userId'], number[]>([['everybody', tweets.map(({ tweetId }) => tweetId)]]);
    for (const { userId, tweetId } of reached) {
      const ids = told.get(userId);
      if (ids) ids.push(tweetId);
      else told.set(userId, [tweetId]);
    }
    for (const { userId, deleted } of viewers) for (const tweetId of told.get(userId) ?? []) deleted(tweetId);
  }
}

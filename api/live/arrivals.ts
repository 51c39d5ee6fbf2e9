import type pg from 'pg';
import type { ProgressSource } from '#api/live/progress-source.ts';
import type { ChunksFinished } from '#core/progress/progress.ts';
import { shardOf } from '#core/timelines/keys.ts';
import { readTweet } from '#core/tweets/hydrate.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

type Viewer = { userId: number; arrived: (tweet: Tweet) => void; resync: () => void };
type Sources = { pool: pg.Pool; progress: ProgressSource; shards: number };

/**
 * Tells the people who are looking that a tweet has reached their timeline. A finished chunk names a range of
 * follower ids: of the viewers of this process those within it are asked for in one query, not one message a
 * follower. A million deliveries with three people looking are 200 comparisons of ranges.
 */
export class Arrivals {
  #viewers = new Set<Viewer>();
  #listening = false;

  constructor(private readonly sources: Sources) {}

  /** Calls `arrived` for each tweet that reaches this user's timeline; `resync` after a gap. Returns how to stop. */
  watch(viewer: Viewer): () => void {
    if (!this.#listening) this.#listen();
    this.#viewers.add(viewer);
    return () => this.#viewers.delete(viewer);
  }

  #listen(): void {
    this.#listening = true;
    this.sources.progress.listen((event) => {
      if (event.kind === 'resync') for (const viewer of this.#viewers) viewer.resync();
      // A ledger that is away for a moment: the arrivals come with the resync of the next reconnect.
      if (event.kind === 'finished') this.#announce(event).catch(() => {});
    });
  }

  async #announce({ ranges, delivery }: ChunksFinished): Promise<void> {
    const near = [...this.#viewers].filter(({ userId }) => this.#within(ranges, userId));
    if (near.length === 0) return;
    const { tweetId, authorId } = delivery;
    const reached = await this.#followersAmong(near, authorId, tweetId);
    const tweet = reached.size > 0 ? await readTweet(this.sources.pool, tweetId) : null;
    if (!tweet) return;
    for (const viewer of near) if (reached.has(viewer.userId)) viewer.arrived(tweet);
  }

  #within(ranges: ChunksFinished['ranges'], userId: number): boolean {
    const own = shardOf(userId, this.sources.shards);
    return ranges.some(({ fromId, toId, shard }) => userId >= fromId && userId <= toId && shard === own);
  }

  async #followersAmong(viewers: Viewer[], authorId: number, tweetId: number): Promise<Set<number>> {
    const { rows } = await this.sources.pool.query<{ id: number }>(
      'SELECT follower_id AS id FROM follow WHERE followee_id = $1 AND follower_id = ANY($2) AND since < $3',
      [authorId, viewers.map((viewer) => viewer.userId), tweetId],
    );
    return new Set(rows.map((row) => row.id));
  }
}

import type pg from 'pg';
import { isPoolBusy, isPostgresAway } from '#core/away.ts';
import { Gather } from '#core/gather.ts';
import { PoolBusy } from '#core/postgres.ts';
import { type Answer, askToPost, askToPostAll, type Posting } from '#core/tweets/post-statement.ts';
import { type NewTweet, type PostOutcome, postBy, UNLIMITED } from '#core/tweets/post-tweet.ts';

/** Posts of one statement: 64 take Postgres about 5 ms and their commit. */
const MOST = 64;

/** Milliseconds after which nobody waits any more for a statement: it waits for the backlog's row, or its link is dead. */
const SLOW = 100;

/** Posts on their way at most, which is 0.1 s: who waits longer than his client has patience is answered for nobody. */
const MOST_ON_THEIR_WAY = 200;

/**
 * Posts for many clients at once: as `postTweet`, and what comes while a statement is under way goes together into the
 * next (docs/decisions/024). So one that comes alone starts at once, and in a crowd several share a commit.
 *
 *     a ──▶ [a] ─────▶ 202
 *     b ──────┐  (a's statement is under way)
 *     c ──────┤
 *     d ──────┴──────▶ [b, c, d] ──▶ one commit ──▶ 202, 202, 202
 *                           └─ c's author is held, or the statement failed ──▶ [c], which waits for that alone
 *
 * No post takes another along. The process may die at any point: none of a statement was written, or all that were
 * answered `posted` were, and whoever comes again with his key finds out.
 */
export class TweetPoster {
  readonly #crowd: Gather<Posting, Answer | undefined>;
  #onTheirWay = 0;

  constructor(private readonly pool: pg.Pool) {
    const bounds = { most: MOST, atOnce: 1, slowMs: SLOW };
    this.#crowd = new Gather((postings: Posting[]) => this.#askAll(postings), bounds);
  }

  /** Throws {@link PoolBusy}, and asks nothing of Postgres, when too many posts are on their way. */
  async post(draft: NewTweet, limits = UNLIMITED): Promise<PostOutcome> {
    if (this.#onTheirWay >= MOST_ON_THEIR_WAY)
      throw new PoolBusy(`${this.#onTheirWay} posts are on their way to Postgres`);
    this.#onTheirWay++;
    try {
      return await postBy({ pool: this.pool, ask: (posting) => this.#ask(posting) }, draft, limits);
    } finally {
      this.#onTheirWay--;
    }
  }

  async #ask(posting: Posting): Promise<Answer> {
    return (await this.#crowd.ask(posting)) ?? askToPost(this.pool, posting);
  }

  /** What fails leaves all of them out: one of them may be at fault. A server that is away is away for each. */
  #askAll(postings: Posting[]): Promise<(Answer | undefined)[]> {
    return askToPostAll(this.pool, postings).catch((error) => {
      if (isPostgresAway(error) || isPoolBusy(error)) throw error;
      return postings.map(() => undefined);
    });
  }
}

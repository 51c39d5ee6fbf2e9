import type pg from 'pg';
import { durableTransaction } from '#core/postgres.ts';
import { askToPost, type Poster } from '#core/tweets/post-statement.ts';

/**
 * What is committed together with a new tweet. When either throws, nothing is committed, and neither is the tweet. `before`
 * comes before all locks of posting: what it locks is locked first.
 */
export type Alongside = {
  before(client: pg.PoolClient): Promise<void>;
  after(client: pg.PoolClient, tweetId: number): Promise<void>;
};

/** Posts by a statement of its own, in a transaction that also commits something else. */
export const posterAlongside = (pool: pg.Pool, { before, after }: Alongside): Poster => ({
  pool,
  ask: (posting) =>
    durableTransaction(pool, async (client) => {
      await before(client);
      const answer = await askToPost(client, posting);
      if (answer.outcome === 'posted') await after(client, answer.tweetId);
      return answer;
    }),
});

import type pg from 'pg';
import { z } from 'zod';
import { OverQuota, type Quotas, tooOften } from '#core/admission/quotas.ts';
import { readRow } from '#core/rows.ts';

/** Who follows whom. */
export type Edge = { followerId: number; followeeId: number };

/** How often an account may follow somebody within a minute. Following somebody whom it follows already does not count. */
export type FollowRate = Pick<Quotas, 'followsPerMinute'>;

/**
 * Follows; returns false when it was so already. `since` is drawn from the tweets' sequence under the lock of the followee's
 * row; post-tweet.ts says what for. Throws {@link OverQuota} when the follower has followed too many others lately. Without
 * a rate, as in tests, there is no bound.
 */
export const follow = (pool: pg.Pool, edge: Edge, rate?: FollowRate): Promise<boolean> =>
  change(pool, { ...edge, follows: true, perMinute: rate?.followsPerMinute ?? null });

/**
 * Unfollows; returns false when it was so already. Reads filter at once, timelines are not cleaned. A trigger tells all
 * web processes at the commit, see home-changes.ts.
 */
export const unfollow = (pool: pg.Pool, edge: Edge): Promise<boolean> =>
  change(pool, { ...edge, follows: false, perMinute: null });

const changeRow = z.object({ changed: z.boolean(), waitS: z.number() });

type Change = Edge & { follows: boolean; perMinute: number | null };

async function change(
  pool: pg.Pool,
  { followerId, followeeId, follows, perMinute }: Change,
): Promise<boolean> {
  const { changed, waitS } = await readRow(pool, changeRow, {
    name: 'change-follow',
    text: 'SELECT changed, wait_s AS "waitS" FROM change_follow($1, $2, $3, $4)',
    values: [followerId, followeeId, follows, perMinute],
  });
  if (waitS > 0) throw tooOften('follows', perMinute ?? 0, waitS);
  return changed;
}

const MOST_AT_ONCE = 10; // changes of one account that run or wait

/**
 * The changes that people ask one web process for. Those of one account run one after the other: they wait for its row
 * anyway, and each would wait on a connection that everybody else needs. Throws {@link OverQuota} as {@link follow} does,
 * and when too many of one account wait.
 */
export class FollowChanges {
  readonly #accounts = new Map<number, { changes: number; last: Promise<unknown> }>();

  constructor(
    private readonly pool: pg.Pool,
    private readonly rate: FollowRate,
  ) {}

  follow(edge: Edge): Promise<boolean> {
    return this.#inTurn(edge.followerId, () => follow(this.pool, edge, this.rate));
  }

  unfollow(edge: Edge): Promise<boolean> {
    return this.#inTurn(edge.followerId, () => unfollow(this.pool, edge));
  }

  async #inTurn<T>(accountId: number, work: () => Promise<T>): Promise<T> {
    const account = this.#accounts.get(accountId) ?? { changes: 0, last: Promise.resolve() };
    if (account.changes >= MOST_AT_ONCE)
      throw new OverQuota(
        { what: 'follows and unfollows at once', most: MOST_AT_ONCE, used: account.changes },
        1,
      );
    this.#accounts.set(accountId, account);
    account.changes++;
    const result = account.last.then(work);
    account.last = result.catch(() => {}); // whoever comes next does not fail with it
    try {
      return await result;
    } finally {
      account.changes--;
      if (account.changes === 0) this.#accounts.delete(accountId);
    }
  }
}

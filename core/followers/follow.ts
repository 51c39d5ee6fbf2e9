import type pg from 'pg';
import { z } from 'zod';
import { type Quotas, takeTurn } from '#core/admission/quotas.ts';
import { dropPacks, PACKED_IDS } from '#core/followers/packs.ts';
import { transaction } from '#core/postgres.ts';
import { readRows } from '#core/rows.ts';

/** Who follows whom. */
export type Edge = { followerId: number; followeeId: number };

/** How often an account may follow somebody within any minute; following somebody again whom it follows is free. */
export type FollowRate = Pick<Quotas, 'followsPerMinute'>;

/**
 * Follows; returns false when it was so already. `since` is drawn under the followee's row lock, from the tweets'
 * sequence: see post-tweet.ts for what that buys. Both rows are locked in the order of their ids, so that two
 * people following each other at once do not deadlock. Throws {@link OverQuota} when the follower has followed too many
 * others lately; without a rate, as in tests, there is no bound.
 */
export async function follow(pool: pg.Pool, edge: Edge, rate?: FollowRate): Promise<boolean> {
  return transaction(pool, async (client) => {
    await lockBoth(client, edge);
    const { rowCount } = await client.query(
      `INSERT INTO follow (followee_id, follower_id, since) VALUES ($1, $2, nextval('tweet_id_seq'))
       ON CONFLICT DO NOTHING`,
      [edge.followeeId, edge.followerId],
    );
    if (rowCount === 0) return false;
    if (rate)
      await takeTurn(client, { accountId: edge.followerId, thing: 'follows', most: rate.followsPerMinute });
    await count(client, edge, 1);
    await keepPacks(client, edge);
    return true;
  });
}

/**
 * Unfollows; returns false when it was so already. Reads filter at once, timelines are not cleaned. A trigger tells all
 * web processes at the commit, see home-changes.ts.
 */
export async function unfollow(pool: pg.Pool, edge: Edge): Promise<boolean> {
  return transaction(pool, async (client) => {
    await lockBoth(client, edge);
    const { rowCount } = await client.query(
      'DELETE FROM follow WHERE followee_id = $1 AND follower_id = $2',
      [edge.followeeId, edge.followerId],
    );
    if (rowCount === 0) return false;
    await count(client, edge, -1);
    await keepPacks(client, edge);
    return true;
  });
}

async function lockBoth(client: pg.PoolClient, { followerId, followeeId }: Edge) {
  await client.query('SELECT FROM "user" WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE', [
    followerId,
    followeeId,
  ]);
}

async function count(client: pg.PoolClient, { followerId, followeeId }: Edge, change: 1 | -1) {
  await client.query('UPDATE "user" SET follower_count = follower_count + $2 WHERE id = $1', [
    followeeId,
    change,
  ]);
  await client.query('UPDATE "user" SET following_count = following_count + $2 WHERE id = $1', [
    followerId,
    change,
  ]);
}

/** A pack may grow to this many times a chunk. Beyond that its author's packs are dropped, and made again later. */
const GROWTH = 1.1;

/**
 * After somebody has followed or unfollowed, in the same transaction, under the lock of the followee's row: reads the
 * followers of that range again, 1 ms and 16 KB for a pack of 4,000. A pack that is too large now, or a shard that had
 * no follower and therefore no pack, ends all packs of the author, until the next fan-out makes them anew.
 */
async function keepPacks(client: pg.PoolClient, { followeeId, followerId }: Edge): Promise<void> {
  const [pack] = await readRows(client, z.object({ fits: z.boolean() }), {
    text: `
      UPDATE follower_pack p SET (count, newest, ids) = (
        SELECT count(*), coalesce(max(since), 0), coalesce(${PACKED_IDS}, '')
        FROM follow WHERE followee_id = p.followee_id AND follower_id BETWEEN p.from_id AND p.to_id
          AND follower_id % p.shards = p.shard
      )
      WHERE followee_id = $1 AND $2 BETWEEN from_id AND to_id AND $2 % shards = shard
      RETURNING count <= chunk_size * $3::float AS fits`,
    values: [followeeId, followerId, GROWTH],
  });
  if (!pack?.fits) await dropPacks(client, followeeId);
}

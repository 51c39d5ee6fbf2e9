import type pg from 'pg';
import { transaction } from '#core/postgres.ts';

/**
 * Deletes an author's own tweet and cancels its delivery. Entries that are in timelines stay there, and are dropped when
 * somebody reads them. Chunks that come later deliver nothing. At the commit a trigger tells all web processes, see
 * home-changes.ts. Returns false when the author has no such tweet. Deleting twice is the same as once.
 */
export async function deleteTweet(pool: pg.Pool, authorId: number, tweetId: number): Promise<boolean> {
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(
      'UPDATE tweet SET deleted_at = coalesce(deleted_at, clock_timestamp()) WHERE id = $1 AND author_id = $2',
      [tweetId, authorId],
    );
    if (rowCount === 0) return false;
    await client.query(
      `UPDATE fan_out SET state = 'cancelled', finished_at = clock_timestamp()
       WHERE tweet_id = $1 AND state IN ('waiting', 'delivering', 'failed')`,
      [tweetId],
    );
    return true;
  });
}

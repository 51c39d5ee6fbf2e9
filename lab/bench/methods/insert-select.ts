import { timed } from '#lab/harness/in-turn.ts';
import type { Audience } from '#lab/load/full-timelines.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { type Method, nextTweetId } from './method.ts';

/**
 * Timelines as a table, filled by one statement. It starts empty, which favours it: an index that holds every
 * timeline's last 800 entries is slower to add to.
 */
export async function insertSelect(stage: Connections, { authorId }: Audience): Promise<Method> {
  const { pool } = stage;
  // Without autovacuum, which would run while the other methods are measured.
  await pool.query(
    `CREATE TABLE bench_timeline (
       follower_id INTEGER, tweet_id BIGINT, PRIMARY KEY (follower_id, tweet_id)
     ) WITH (autovacuum_enabled = false)`,
  );
  return async () => {
    const tweetId = await nextTweetId(stage);
    const seconds = await timed(() =>
      pool.query(
        `INSERT INTO bench_timeline (follower_id, tweet_id)
         SELECT follower_id, $2 FROM follow WHERE followee_id = $1`,
        [authorId, tweetId],
      ),
    );
    await pool.query('CHECKPOINT'); // or the next method would wait for a million rows to be written back
    return seconds;
  };
}

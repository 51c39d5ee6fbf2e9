import type { Connections } from '#lab/stage/connect.ts';

/** A way to bring one tweet to every follower of an author: delivers one and returns the seconds that it took. */
export type Method = () => Promise<number>;

/** The id of a tweet that only this bench knows. */
export async function nextTweetId({ pool }: Pick<Connections, 'pool'>): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(`SELECT nextval('tweet_id_seq') AS id`);
  const [row] = rows;
  if (!row) throw new Error('Expected the next id, got none');
  return row.id;
}

/** The author's followers as a client reads them: rows, page by page along the index. */
export async function* followerPages(
  { pool }: Pick<Connections, 'pool'>,
  { authorId, page, limit }: { authorId: number; page: number; limit: number },
): AsyncGenerator<number[]> {
  let after = 0;
  for (let left = limit; left > 0; ) {
    const { rows } = await pool.query<{ id: number }>(
      `SELECT follower_id AS id FROM follow WHERE followee_id = $1 AND follower_id > $2
       ORDER BY follower_id LIMIT $3`,
      [authorId, after, Math.min(page, left)],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(({ id }) => id);
    after = last.id;
    left -= rows.length;
  }
}

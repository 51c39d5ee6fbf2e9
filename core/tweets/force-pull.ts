import type pg from 'pg';

/**
 * Has the tweets of an account pulled for so many seconds from now, whatever its size; 0 ends that. What is posted meanwhile
 * stays pulled. False when there is no such account. It is a time in the account's row, so it ends also when whoever asked
 * for it is gone.
 */
export async function forcePull(
  client: Pick<pg.Pool, 'query'>,
  handle: string,
  seconds: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE "user" SET pulled_until = CASE WHEN $2 > 0 THEN clock_timestamp() + $2 * interval '1 s' END
     WHERE handle = $1`,
    [handle, seconds],
  );
  return rowCount === 1;
}

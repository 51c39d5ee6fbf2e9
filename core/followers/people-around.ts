import type pg from 'pg';
import { z } from 'zod';
import { type IdRange, newestFirst, orderOf } from '#core/id-range.ts';
import { idRow, readRows } from '#core/rows.ts';

/** Ids of an account's followers, the highest first. */
export const readFollowerIds = (pool: pg.Pool, accountId: number, range: IdRange): Promise<number[]> =>
  readIds(pool, { wanted: 'follower_id', of: 'followee_id', accountId }, range);

/** Ids of those whom an account follows, the highest first. */
export const readFolloweeIds = (pool: pg.Pool, accountId: number, range: IdRange): Promise<number[]> =>
  readIds(pool, { wanted: 'followee_id', of: 'follower_id', accountId }, range);

type End = 'follower_id' | 'followee_id';

async function readIds(
  pool: pg.Pool,
  { wanted, of, accountId }: { wanted: End; of: End; accountId: number },
  { before, after, limit, take }: IdRange,
): Promise<number[]> {
  const rows = await readRows(pool, idRow, {
    text: `
      SELECT ${wanted} AS id FROM follow WHERE ${of} = $1 AND ${wanted} < $2::bigint AND ${wanted} > $3::bigint
      ORDER BY ${wanted} ${orderOf(take)} LIMIT $4`,
    values: [accountId, before, after, limit],
  });
  return newestFirst(rows, take).map(({ id }) => id);
}

const relation = z.object({ id: z.number(), follows: z.boolean(), followedBy: z.boolean() });

/** How an account stands to somebody else. */
export type Relation = z.infer<typeof relation>;

/** How an account stands to these people, in their order. Ids that nobody has are left out. */
export const readRelations = (pool: pg.Pool, accountId: number, ids: number[]): Promise<Relation[]> =>
  readRows(pool, relation, {
    text: `
      SELECT u.id,
        EXISTS (SELECT FROM follow WHERE followee_id = u.id AND follower_id = $1) AS follows,
        EXISTS (SELECT FROM follow WHERE followee_id = $1 AND follower_id = u.id) AS "followedBy"
      FROM unnest($2::int[]) WITH ORDINALITY wanted(id, place) JOIN "user" u ON u.id = wanted.id ORDER BY wanted.place`,
    values: [accountId, ids],
  });

import type pg from 'pg';

/** A person, as others see them. `role` is what a demo account stands for, null for everybody else. */
export type Account = {
  id: number;
  handle: string;
  name: string;
  bio: string;
  followerCount: number;
  followingCount: number;
  role: string | null;
};

const COLUMNS = `id, handle, name, bio, follower_count AS "followerCount",
  following_count AS "followingCount", role`;

/** The demo accounts, by id. */
export async function listDemoAccounts(pool: pg.Pool): Promise<Account[]> {
  const { rows } = await pool.query<Account>(
    // Demo accounts are the first ids: without the bound this would look through a million rows.
    `SELECT ${COLUMNS} FROM "user" WHERE id <= $1 AND role IS NOT NULL ORDER BY id`,
    [LAST_DEMO_ID],
  );
  return rows;
}

/** Ids up to this one are reserved for demo accounts. */
export const LAST_DEMO_ID = 100;

/** Anyone by handle, or null; nobody has one with a NUL, which Postgres refuses to be asked for. */
export async function findAccount(pool: pg.Pool, handle: string): Promise<Account | null> {
  if (handle.includes('\0')) return null;
  const { rows } = await pool.query<Account>(`SELECT ${COLUMNS} FROM "user" WHERE handle = $1`, [handle]);
  return rows[0] ?? null;
}

/** Whether one account follows another. */
export async function isFollowing(pool: pg.Pool, followerId: number, followeeId: number): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT FROM follow WHERE followee_id = $1 AND follower_id = $2', [
    followeeId,
    followerId,
  ]);
  return rowCount === 1;
}

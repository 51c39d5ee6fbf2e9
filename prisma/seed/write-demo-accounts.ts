import type pg from 'pg';
import { z } from 'zod';
import { DAY } from '#core/durations.ts';
import { readRow } from '#core/rows.ts';
import { demoAccounts } from './demo/accounts.ts';

/**
 * Writes the demo accounts with the counts of their edges. They come last: when they are there, the seed is complete.
 */
export async function writeDemoAccounts(pool: pg.Pool, now: Date): Promise<void> {
  await pool.query(
    `INSERT INTO "user" (id, handle, name, bio, role, created_at, follower_count, following_count)
     SELECT nr, handle, name, bio, role, joined,
            (SELECT count(*) FROM follow WHERE followee_id = nr),
            (SELECT count(*) FROM follow WHERE follower_id = nr)
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
          WITH ORDINALITY AS account(handle, name, bio, role, joined, nr)`,
    [
      demoAccounts.map(({ handle }) => handle),
      demoAccounts.map(({ name }) => name),
      demoAccounts.map(({ bio }) => bio),
      demoAccounts.map(({ role }) => role),
      demoAccounts.map(({ joinedDaysAgo }) => new Date(now.getTime() - joinedDaysAgo * DAY)),
    ],
  );
}

/** True once a seed has run to its end: the demo accounts are what it writes last. */
export async function hasDemoAccounts(pool: pg.Pool): Promise<boolean> {
  const { count } = await readRow(pool, z.object({ count: z.int() }), {
    text: 'SELECT count(*)::int AS count FROM "user" WHERE id <= $1 AND role IS NOT NULL',
    values: [demoAccounts.length],
  });
  return count === demoAccounts.length;
}

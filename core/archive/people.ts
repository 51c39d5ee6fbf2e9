import type pg from 'pg';
import { z } from 'zod';
import { csvLine } from '#core/archive/csv.ts';
import { readRows } from '#core/rows.ts';

/** Some text of a file, and how many rows it holds. */
export type TextPage = { text: string; rows: number };

const PAGE = 2_000; // people; about 2 ms of Node's only thread

const person = z.object({ id: z.number(), handle: z.string(), name: z.string() });

/**
 * Whom an account follows, or who follows it, as CSV: a page at a time, by id, so that a million are never in memory. It is
 * SQL because Prisma would hold the thread that deliveries need for four times as long, see docs/decisions/025.
 */
export async function* peopleCsv(
  pool: Pick<pg.Pool, 'query'>,
  accountId: number,
  side: 'following' | 'followers',
): AsyncGenerator<TextPage> {
  yield { text: csvLine('id', 'handle', 'name'), rows: 0 };
  for (let after = 0; ; ) {
    const people = await readRows(pool, person, { text: PAGES[side], values: [accountId, after, PAGE] });
    const last = people.at(-1);
    if (!last) return;
    const lines = people.map(({ id, handle, name }) => csvLine(String(id), handle, name));
    yield { text: lines.join(''), rows: people.length };
    after = last.id;
  }
}

const page = (own: string, other: string) => `
  SELECT u.id, u.handle, u.name FROM (
    SELECT ${other} AS id FROM follow WHERE ${own} = $1 AND ${other} > $2 ORDER BY ${other} LIMIT $3
  ) edge JOIN "user" u ON u.id = edge.id ORDER BY u.id`;

const PAGES = {
  followers: page('followee_id', 'follower_id'),
  following: page('follower_id', 'followee_id'),
};

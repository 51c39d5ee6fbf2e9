import type pg from 'pg';
import { csvHead, csvLine } from '#core/archive/csv.ts';
import type { Page } from '#core/archive/people.ts';
import { isoUtc } from '#core/iso-utc.ts';

const PAGE = 1_000; // tweets

const UTC = isoUtc('created_at');

/** An author's tweets as CSV, oldest first; those that were deleted are not in it. */
export async function* tweetsCsv(pool: Pick<pg.Pool, 'query'>, authorId: number): AsyncGenerator<Page> {
  yield { text: csvHead('id', 'createdAt', 'text'), rows: 0 };
  const line = csvLine('id::text', UTC, 'text');
  for await (const page of pages(pool, `string_agg(${line}, '' ORDER BY id)`, authorId)) yield page;
}

/** The same as one JSON array, a tweet a line. */
export async function* tweetsJson(pool: Pick<pg.Pool, 'query'>, authorId: number): AsyncGenerator<Page> {
  const tweet = `json_build_object('id', id, 'createdAt', ${UTC}, 'text', text)::text`;
  let before = '[\n';
  for await (const page of pages(pool, `string_agg(${tweet}, E',\\n' ORDER BY id)`, authorId)) {
    yield { text: before + page.text, rows: page.rows };
    before = ',\n';
  }
  yield { text: before === ',\n' ? '\n]\n' : '[]\n', rows: 0 };
}

async function* pages(pool: Pick<pg.Pool, 'query'>, text: string, authorId: number): AsyncGenerator<Page> {
  for (let after = 0; ; ) {
    const { rows } = await pool.query<{ text: string | null; rows: number; last: number }>(
      `SELECT ${text} AS text, count(*)::int AS rows, max(id) AS last FROM (
         SELECT id, created_at, text FROM tweet
         WHERE author_id = $1 AND id > $2 AND deleted_at IS NULL ORDER BY id LIMIT $3
       ) t`,
      [authorId, after, PAGE],
    );
    const page = rows[0];
    if (!page?.text) return;
    yield { text: page.text, rows: page.rows };
    after = page.last;
  }
}

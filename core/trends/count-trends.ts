import type pg from 'pg';
import { z } from 'zod';
import { transaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';
import { termsOf } from '#core/trends/terms.ts';
import { TREND_HOURS } from '#core/trends/trends.ts';

/** What one counting did. */
export type Counted = { minutes: number; tweets: number; terms: number };

/** So many seconds before the last counting are counted again, for transactions that had not committed then. */
const LATE = 20;

const PLACES = 20; // terms that are kept for reading
const FEWEST = 2; // tweets: what one person says once is no trend
const PAGE = 5_000; // tweets in memory at once

/**
 * Counts those minutes of the last hours anew in which a tweet was written or deleted since the last counting, and writes
 * the trends for readers. It counts whole minutes and never adds to sums. So it may run twice, die anywhere or come late,
 * and the next run is right. One runs at a time. It costs as much as was tweeted since the last one.
 */
export async function countTrends(pool: pg.Pool): Promise<Counted> {
  return transaction(pool, async (client) => {
    const { since, now } = await lockState(client);
    const minutes = await changedMinutes(client, since, now);
    const counted = await countMinutes(client, minutes);
    await rank(client, now);
    return { minutes: minutes.length, ...counted };
  });
}

async function lockState(client: pg.PoolClient): Promise<{ since: Date; now: Date }> {
  await client.query("INSERT INTO trend_state (counted_to) VALUES ('epoch') ON CONFLICT DO NOTHING");
  return readRow(client, z.object({ since: z.date(), now: z.date() }), {
    text: `
      SELECT clock_timestamp() AS now,
        greatest(counted_to - $1 * interval '1 s', clock_timestamp() - $2 * interval '1 h') AS since
      FROM trend_state FOR UPDATE`,
    values: [LATE, TREND_HOURS],
  });
}

async function changedMinutes(client: pg.PoolClient, since: Date, now: Date): Promise<Date[]> {
  const rows = await readRows(client, z.object({ minute: z.date() }), {
    text: `
      SELECT date_trunc('minute', created_at) AS minute FROM tweet WHERE created_at >= date_trunc('minute', $1::timestamptz)
      UNION
      SELECT date_trunc('minute', created_at) FROM tweet
      WHERE deleted_at >= $1 AND created_at >= $2::timestamptz - $3 * interval '1 h'`,
    values: [since, now, TREND_HOURS],
  });
  return rows.map((row) => row.minute);
}

async function countMinutes(client: pg.PoolClient, minutes: Date[]): Promise<Omit<Counted, 'minutes'>> {
  await client.query('DELETE FROM trend_count WHERE minute = ANY($1)', [minutes]);
  let [tweets, terms] = [0, 0];
  for (const minute of minutes) {
    const counts = new Map<string, number>();
    for await (const text of readTexts(client, minute)) {
      tweets++;
      for (const term of termsOf(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    terms += counts.size;
    await client.query(
      'INSERT INTO trend_count (minute, term, tweets) SELECT $1, * FROM unnest($2::text[], $3::int[])',
      [minute, [...counts.keys()], [...counts.values()]],
    );
  }
  return { tweets, terms };
}

// `+ 0` keeps Postgres from walking the primary key, which would begin with the first tweet ever.
async function* readTexts(client: pg.PoolClient, minute: Date): AsyncGenerator<string> {
  for (let after = 0; ; ) {
    const rows = await readRows(client, z.object({ id: z.number(), text: z.string() }), {
      text: `
        SELECT id, text FROM tweet
        WHERE created_at >= $1 AND created_at < $1::timestamptz + interval '1 minute'
          AND id > $2 AND deleted_at IS NULL ORDER BY id + 0 LIMIT $3`,
      values: [minute, after, PAGE],
    });
    for (const row of rows) yield row.text;
    after = rows.at(-1)?.id ?? after;
    if (rows.length < PAGE) return;
  }
}

/** Of equally frequent terms, tags come before words: somebody meant them to be found. */
async function rank(client: pg.PoolClient, now: Date): Promise<void> {
  await client.query("DELETE FROM trend_count WHERE minute < $1::timestamptz - $2 * interval '1 h'", [
    now,
    TREND_HOURS,
  ]);
  await client.query('DELETE FROM trend');
  await client.query(
    `INSERT INTO trend (place, term, tweets)
     SELECT row_number() OVER (ORDER BY sum(tweets) DESC, NOT starts_with(term, '#'), term), term, sum(tweets)
     FROM trend_count GROUP BY term HAVING sum(tweets) >= $1
     ORDER BY 1 LIMIT $2`,
    [FEWEST, PLACES],
  );
  await client.query('UPDATE trend_state SET counted_to = $1', [now]);
}

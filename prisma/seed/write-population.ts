import type pg from 'pg';
import { DAY, SECOND } from '#core/durations.ts';
import { demoAccounts } from './demo/accounts.ts';
import { firstNames, lastNames } from './names.ts';
import { bios } from './sentences.ts';
import type { Drawn } from './size.ts';
import { withoutIndexes } from './without-indexes.ts';

const STRIDE = 10_007; // a prime that divides neither list, so that each pair of names comes once before one comes twice
const NINE_YEARS = (9 * 365 * DAY) / SECOND; // in seconds

/** Writes the generated people, who joined over nine years. Counts their edges, which must be there and vacuumed. */
export async function writePopulation(client: pg.PoolClient, drawn: Drawn): Promise<void> {
  await client.query(PLAN);
  await withoutIndexes(client, '"user"', async () => {
    await client.query(insert(drawn), [
      firstNames.map(({ name }) => name),
      firstNames.map(({ letters }) => letters),
      lastNames.map(({ name }) => name),
      lastNames.map(({ letters }) => letters),
      bios,
      drawn.now,
    ]);
  });
}

// The planner does not see that the indexes of `follow` give the counts in their order. With them it takes 0.8 s, and
// 2.5 s by hashing a million groups. The planner would also sort a million people to find their names.
const PLAN = 'SET LOCAL enable_hashagg = off; SET LOCAL enable_mergejoin = off';

function insert({ size, seed }: Drawn): string {
  const pairs = firstNames.length * lastNames.length;
  const firstId = demoAccounts.length + 1;
  const secondsApart = NINE_YEARS / size.population;
  return `
    WITH pair AS MATERIALIZED (
      SELECT (first.nr - 1) * ${lastNames.length} + last.nr - 1 AS nr,
             first.letters || '_' || last.letters AS handle,
             first.name || ' ' || last.name AS name
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS first(name, letters, nr),
           unnest($3::text[], $4::text[]) WITH ORDINALITY AS last(name, letters, nr)
    ), followers AS (
      SELECT followee_id AS id, count(*) AS count FROM follow GROUP BY followee_id
    ), followees AS (
      SELECT follower_id AS id, count(*) AS count FROM follow GROUP BY follower_id
    )
    INSERT INTO "user" (id, handle, name, bio, follower_count, following_count, created_at)
    SELECT ${firstId} + n,
           concat(pair.handle, nullif(n / ${pairs}, 0)),
           pair.name,
           CASE WHEN n < ${size.authors} THEN ($5::text[])[1 + n % ${bios.length}] ELSE '' END,
           coalesce(followers.count, 0),
           coalesce(followees.count, 0),
           $6::timestamptz - (${size.population} - n) * interval '${secondsApart} seconds'
    FROM generate_series(0, ${size.population - 1}) AS n
    JOIN pair ON pair.nr = (n::bigint * ${STRIDE} + ${seed}) % ${pairs}
    LEFT JOIN followers ON followers.id = ${firstId} + n
    LEFT JOIN followees ON followees.id = ${firstId} + n`;
}

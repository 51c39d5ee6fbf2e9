import type pg from 'pg';
import { LARGEST_ID } from '#core/followers/packs.ts';

/** What a system has already done. */
export type Past = {
  /** Ids of the accounts that posted, in turn. */
  authors: number[];
  fanOuts: number;
  /** Chunks of each fan-out, and followers of each chunk. */
  chunks: number;
  followers: number;
  /** Finished tasks. */
  tasks: number;
  /** Everything is spread evenly over so many days. They end `until` days ago. */
  days: number;
  until?: number;
};

const BATCH = 200_000; // fan-outs in one statement

/**
 * Writes the past of a system straight into its tables: delivered tweets with their keys, fan-outs and chunks, and
 * finished tasks, as years of running would have left them. Nothing of it is forgotten yet. No timeline has these
 * tweets, and no row breaks a rule of the ledger.
 */
export async function addPast(
  pool: pg.Pool,
  past: Past,
  told: (done: number) => void = () => {},
): Promise<void> {
  const client = await pool.connect();
  try {
    // Triggers would add deliveries to the backlog that are done already, and would take half of the time.
    await client.query('SET session_replication_role = replica; SET synchronous_commit = off');
    for (let from = 0; from < past.fanOuts; from += BATCH) {
      const count = Math.min(BATCH, past.fanOuts - from);
      await addTweets(client, past, { from, count });
      told(from + count);
    }
    await addTasks(client, past);
  } finally {
    client.release(true);
  }
}

/** SQL for the time at which the n-th of all happened. */
const at = (n: string, all: string) =>
  `now() - ($3::float8 + $4::float8 * (1 - (${n})::float8 / ${all})) * interval '1 day'`;

const ENDED = `
  INSERT INTO fan_out (tweet_id, author_id, state, expected, delivered, chunks, chunks_done, planned_to, accepted_at,
    published_at, planned_at, started_at, first_at, median_at, finished_at, due_at)
  SELECT id, author_id, 'delivered', $1::int * $2::int, $1::int * $2::int, $1, $1, ${LARGEST_ID}, created_at, created_at,
    created_at, created_at, created_at, created_at, created_at + interval '30 ms', created_at + interval '12 s'
  FROM posted`;

const CHUNKS = `
  INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected, state, delivered, attempts, worker, started_at, finished_at)
  SELECT id, number, 0, number * 100000 + 1, (number + 1) * 100000, $2, 'delivered', $2, 1, 'worker A', created_at,
    created_at + interval '20 ms'
  FROM posted CROSS JOIN generate_series(0, $1::int - 1) AS number`;

const KEYS = `
  INSERT INTO idempotency_key (account_id, key, fingerprint, tweet_id, created_at)
  SELECT author_id, gen_random_uuid()::text, md5(id::text) || 'of a body of then', id, created_at FROM posted`;

const TWEETS = `
  INSERT INTO tweet (id, author_id, text, created_at)
  SELECT nextval('tweet_id_seq'), ($5::int[])[1 + n % cardinality($5::int[])],
    'A tweet of then, about as long as one is: ' || md5(n::text) || ', and some words that anybody might have written.',
    ${at('n', '$6::float8')}
  FROM generate_series($7::int, $7::int + $8::int - 1) AS n RETURNING id, author_id, created_at`;

async function addTweets(
  client: pg.PoolClient,
  { authors, fanOuts, chunks, followers, days, until = 0 }: Past,
  { from, count }: { from: number; count: number },
): Promise<void> {
  await client.query(`WITH posted AS (${TWEETS}), ended AS (${ENDED}), planned AS (${CHUNKS}) ${KEYS}`, [
    chunks,
    followers,
    until,
    days,
    authors,
    fanOuts,
    from,
    count,
  ]);
}

/** Adds finished tasks. Each belongs to an account and is kept for a day. */
async function addTasks(client: pg.PoolClient, { authors, tasks, days, until = 0 }: Past): Promise<void> {
  await client.query(
    `INSERT INTO task (kind, data, account_id, state, due_at, leased_until, attempts, worker, result, created_at, started_at,
       finished_at, expires_at)
     SELECT 'suggestions', '{}', ($2::int[])[1 + n % cardinality($2::int[])], 'succeeded', at, at, 1, 'worker A', '{}', at, at,
       at, at + interval '1 day'
     FROM (SELECT n, ${at('n', '$1::float8')} AS at FROM generate_series(1, $1::int) AS n) asked`,
    [tasks, authors, until, days],
  );
}

import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { readBacklog } from '#core/admission/backlog.ts';
import { checkLedger } from '#core/audit/ledger-rules.ts';
import { openPostgres, type Postgres } from '#core/postgres.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { eventually } from '#testing/eventually.ts';
import { addUsers } from '#testing/people.ts';
import { migrate } from './migrate.ts';

const MIGRATIONS = join(import.meta.dirname, 'migrations');
const FIRST = '20261127030000_fan_out_cost';

let url: string;
let before: string;
let postgres: Postgres;

/** Makes a database as it was before this migration. */
beforeAll(async () => {
  const server = inject('servers').databaseUrl;
  url = server.replace(/[^/]+$/, `migrate_${crypto.randomUUID().replaceAll('-', '')}`);
  before = await mkdtemp(join(tmpdir(), 'migrations-'));
  for (const name of await readdir(MIGRATIONS))
    if (name < FIRST) await cp(join(MIGRATIONS, name), join(before, name), { recursive: true });
  await migrate(url, before);
  postgres = openPostgres({ url, max: 5, name: 'test' });
  await addUsers(postgres.pool, [1, 2]);
});
afterAll(async () => {
  await postgres.close();
  await rm(before, { recursive: true });
  const server = openPostgres({ url: url.replace(/[^/]+$/, 'postgres'), max: 1, name: 'test' });
  await server.pool.query(`DROP DATABASE ${url.split('/').at(-1)} WITH (FORCE)`);
  await server.close();
});

const FAN_OUT = `INSERT INTO fan_out (tweet_id, author_id, expected, state, finished_at)
  VALUES ($1, 1, 12, $2::text::fan_out_state, CASE WHEN $2::text = 'failed' THEN now() END)`;

test('what the version before had promised is counted, also what it is just promising, and each comes back once; the tags of its tweets are found', async () => {
  const { pool } = postgres;
  for (const [id, state] of [
    [1, 'waiting'],
    [2, 'delivering'],
    [3, 'failed'],
  ])
    await pool.query(FAN_OUT, [id, state]);
  for (const id of [1, 2, 3, 4])
    await pool.query('INSERT INTO tweet (id, author_id, text) VALUES ($1, 1, $2)', [id, `#Größe ${id} #123`]);
  const busy = await pool.connect();
  await busy.query('BEGIN');
  await busy.query(FAN_OUT, [4, 'waiting']);
  const migrating = migrate(url);
  await eventually(async () => {
    const { rows } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
    expect(rows).toHaveLength(1);
  });
  await busy.query('COMMIT');
  busy.release();
  expect(await migrating).toContain(FIRST);
  expect(await readBacklog(pool)).toMatchObject({ deliveries: 36, fanOuts: 3 });
  const { rows: tags } = await pool.query('SELECT DISTINCT tag FROM tweet_tag');
  expect(tags).toEqual([{ tag: 'größe' }]);
  for (const id of [1, 2, 3, 4]) await deleteTweet(pool, 1, id);
  expect(await readBacklog(pool)).toMatchObject({ deliveries: 0, fanOuts: 0 });
  expect(await checkLedger(pool)).toEqual([]);
});

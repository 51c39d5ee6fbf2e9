import { appendFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isPostgresAway } from '#core/away.ts';
import { readLoss, recognising } from '#core/timelines/recognise.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { newPassword, savedPassword, savePassword } from '#dev/passwords.ts';
import { until } from '#dev/ports.ts';
import { startPostgres } from '#dev/postgres.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { backUpPostgres, olderOf, writeFor } from '#lab/faults/older-postgres.ts';
import { migrate } from '#prisma/migrate.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { openPostgres, type Postgres } from './postgres.ts';
import { postgresServers } from './postgres-url.ts';

const PATIENT = { timeout: 20_000, interval: 20 };
const LONG = 60_000;
const [FIRST, SECOND] = [openTempFolder('primary'), openTempFolder('standby')];

let world: World; // for its timeline store: it remembers the ledger
let primary: Server;
let standby: Server;
let web: Postgres;
beforeAll(async () => {
  world = await openWorld();
  primary = await startPostgres({ ...SERVER, dataDir: FIRST.dir });
  await migrate(primary.url);
  standby = await startStandby();
  web = openPostgres({
    url: bothOf(primary, standby),
    max: 4,
    name: 'web',
    onConnect: recognising(store(), log),
  });
}, LONG);
afterAll(async () => {
  await web.close();
  for (const server of [primary, standby]) await server.stop(2_000);
  for (const folder of [FIRST, SECOND]) folder.remove();
  await world.close();
}, LONG);

const SERVER = { database: 'ledger', durable: false, log: () => {} };
const said: string[] = [];
const log = (line: string) => void said.push(line);
const store = () => ({ redis: world.timelines, shards: 1, cap: 100 });

/** Both servers in one URL, as libpq takes it. */
const bothOf = ({ url, port }: Server, other: Server): string =>
  url.replace(`:${port}/`, `:${port},127.0.0.1:${other.port}/`).concat('?target_session_attrs=read-write');

/** A standby of the primary, without which the primary acknowledges no commit from then on. */
async function startStandby(): Promise<Server> {
  const admin = openPostgres({ url: primary.url, max: 2, name: 'admin' });
  await backUpPostgres(admin.pool, FIRST.dir);
  const files = join(SECOND.dir, 'postgres');
  renameSync(olderOf(FIRST.dir), files);
  const { username, password, port } = new URL(primary.url);
  const way = `host=127.0.0.1 port=${port} user=${username} password=${password} application_name=standby`;
  appendFileSync(join(files, 'postgresql.auto.conf'), `primary_conninfo = '${way}'\n`);
  writeFor(files, 'standby.signal', '');
  savePassword(SECOND.dir, 'postgres', savedPassword(FIRST.dir, 'postgres') ?? newPassword());
  const server = await startPostgres({ ...SERVER, dataDir: SECOND.dir });
  await admin.pool.query(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
  await admin.pool.query('SELECT pg_reload_conf()');
  await eventually(async () => expect(await synchronous(admin.pool)).toBe(1));
  await admin.close();
  return server;
}

async function synchronous(pool: pg.Pool): Promise<number | null> {
  return (await pool.query(`SELECT FROM pg_stat_replication WHERE sync_state = 'sync'`)).rowCount;
}

it(
  'loses nothing that was answered when the primary is killed and its synchronous standby is promoted',
  async () => {
    const { pool } = web;
    await addUsers(pool, range(1, 3));
    await addFollowers(pool, 1, [2, 3]);
    while ((await settleOnce(pool, store())) > 0); // the store remembers this ledger
    const answered: number[] = [];
    const posting = new AbortController();
    const authors = range(1, 3).map(async (author) => {
      while (!posting.signal.aborted) {
        try {
          answered.push(await post(pool, author));
        } catch (error) {
          expect(error).toSatisfy(isPostgresAway);
        }
      }
    });
    await eventually(() => expect(answered.length).toBeGreaterThan(30));
    primary.kill();
    await primary.exited;
    const before = answered.length;
    await promote();
    await eventually(() => expect(answered.length).toBeGreaterThan(before + 30));
    posting.abort();
    await Promise.all(authors);

    const { rows } = await pool.query<{ id: number }>('SELECT id FROM tweet');
    const kept = new Set(rows.map(({ id }) => id));
    expect(answered.filter((id) => !kept.has(id))).toEqual([]);
    expect(new Set(answered).size).toBe(answered.length); // no id was given twice
    while ((await settleOnce(pool, store())) > 0);
    expect(await readLoss(pool)).toBeNull();
    expect(said).toEqual([]);
  },
  LONG,
);

async function promote(): Promise<void> {
  const admin = openPostgres({ url: standby.url, max: 1, name: 'admin' });
  await until(() => admin.pool.query('SELECT pg_promote()'), PATIENT.timeout);
  await admin.close();
}

it('takes the URL of one server as it is, and one for each host of a list', () => {
  expect(postgresServers('postgres://a/x?sslmode=require')).toEqual(['postgres://a/x?sslmode=require']);
  expect(
    postgresServers('postgres://me:p%40ss@a:1, b:2/x?target_session_attrs=read-write&sslmode=require'),
  ).toEqual(['postgres://me:p%40ss@a:1/x?sslmode=require', 'postgres://me:p%40ss@b:2/x?sslmode=require']);
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { MigrationError, migrate } from './migrate.ts';

const MIGRATIONS = join(import.meta.dirname, 'migrations');

let url: string;
let folder: string;

beforeEach(async () => {
  const name = `migrate_${crypto.randomUUID().replaceAll('-', '')}`;
  url = inject('servers').databaseUrl.replace(/[^/]+$/, name);
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  await writeMigration('1_first', 'CREATE TABLE first (id INT); INSERT INTO first VALUES (1);');
});

afterEach(async () => {
  await query(
    url.replace(/[^/]+$/, 'postgres'),
    `DROP DATABASE IF EXISTS ${url.split('/').at(-1)} WITH (FORCE)`,
  );
  await rm(folder, { recursive: true });
});

test('a database that does not exist is made and gets every migration of the repository', async () => {
  const names = (await readdir(MIGRATIONS)).filter((name) => name !== 'migration_lock.toml').sort();
  expect(await migrate(url)).toEqual(names);
  expect(await query(url, 'SELECT count(*)::int AS count FROM tweet')).toEqual([{ count: 0 }]);
});

test('a database of the 33 migrations of before is taken over with its data, and an older one is refused', async () => {
  await migrate(url);
  await query(url, `INSERT INTO tweet (id, author_id, text) VALUES (7, 1, 'kept')`);
  await recordOld(33);
  expect(await migrate(url)).toEqual(['20261206000000_init']);
  expect(await migrate(url)).toEqual([]);
  expect(await query(url, 'SELECT id, text FROM tweet')).toEqual([{ id: '7', text: 'kept' }]);
  await recordOld(32);
  await expect(migrate(url)).rejects.toThrow(
    /^Expected no tables, .* got 32 of them. Run `npm run migrate` of commit/,
  );
});

test('migrating again applies only what is new, in order', async () => {
  expect(await migrate(url, folder)).toEqual(['1_first']);
  await writeMigration('3_third', 'ALTER TABLE second RENAME TO third;');
  await writeMigration('2_second', 'CREATE TABLE second (id INT);');
  expect(await migrate(url, folder)).toEqual(['2_second', '3_third']);
  expect(await migrate(url, folder)).toEqual([]);
});

test('two that migrate at once apply everything once', async () => {
  const results = await Promise.all([migrate(url, folder), migrate(url, folder)]);
  expect(results.flat()).toEqual(['1_first']);
});

test('a migration that fails leaves nothing of itself and can be mended', async () => {
  await writeMigration('2_second', 'CREATE TABLE second (id INT); SELECT 1 / 0;');
  await expect(migrate(url, folder)).rejects.toThrow('The migration 2_second failed: division by zero');
  await writeMigration('2_second', 'CREATE TABLE second (id INT);');
  expect(await migrate(url, folder)).toEqual(['2_second']);
});

test('a migration that was changed after it had been applied is refused', async () => {
  await migrate(url, folder);
  await writeMigration('1_first', 'CREATE TABLE other (id INT);');
  await expect(migrate(url, folder)).rejects.toThrow(MigrationError);
});

test('its records are the ones that the Prisma CLI writes', async () => {
  await migrate(url, folder);
  const bytes = await readFile(join(folder, '1_first/migration.sql'));
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
  const [row] = await query(url, 'SELECT * FROM _prisma_migrations');
  expect(row).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    checksum: digest,
    migration_name: '1_first',
    logs: null,
    rolled_back_at: null,
    started_at: expect.any(Date),
    finished_at: expect.any(Date),
    applied_steps_count: 1,
  });
});

/** What the records of the migrations of before look like: their names, of which only the last one is asked for. */
async function recordOld(count: number) {
  await query(url, 'DELETE FROM _prisma_migrations');
  const text = `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
    SELECT gen_random_uuid(), '', CASE n WHEN 33 THEN '20261205120000_audit_results' ELSE '2026112400000' || n END, now()
    FROM generate_series(1, ${count}) n`;
  await query(url, text);
}

async function writeMigration(name: string, sql: string) {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'migration.sql'), sql);
}

async function query(databaseUrl: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { z } from 'zod';
import { urlOfPrimary } from '#core/primary.ts';
import { readRows } from '#core/rows.ts';

const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url));
const PRISMA_LOCK = 72707369; // the advisory lock that `prisma migrate deploy` takes: one migrates at a time

/** A migration cannot be applied, or was changed after it had been applied. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

/**
 * Brings a database up to date and returns the names of the migrations applied now. Makes the database if there is
 * none. Keeps `_prisma_migrations` exactly as the Prisma CLI does, so that either may be used at any time. The CLI
 * needs an engine that it downloads, and not everybody can reach it.
 */
export async function migrate(url: string, folder = MIGRATIONS): Promise<string[]> {
  const databaseUrl = await urlOfPrimary(url);
  await createDatabase(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK]);
    return await applyMissing(client, folder);
  } finally {
    await client.end(); // which releases the lock
  }
}

async function applyMissing(client: pg.Client, folder: string): Promise<string[]> {
  await client.query(LEDGER);
  const applied = await readRows(client, row, {
    text: 'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  });
  const rows = new Map(applied.map((row) => [row.migration_name, row]));
  const names: string[] = [];
  for (const migration of await readMigrations(folder)) {
    const row = rows.get(migration.name);
    if (row) check(row, migration);
    else if (migration.name === OLD.as && rows.size > 0)
      names.push(await takeOver(client, migration, applied));
    else names.push(await apply(client, migration));
  }
  return names;
}

/** The migrations that the one of today took the place of: it makes the same tables as all of them. */
const OLD = { as: '20261206000000_init', count: 33, last: '20261205120000_audit_results' };

/** Records the migration as applied, since the tables are there. Older tables are refused, and nothing is changed. */
async function takeOver(client: pg.Client, { name, checksum }: Migration, applied: Row[]): Promise<string> {
  const finished = applied.filter((row) => row.finished_at !== null);
  if (finished.length !== OLD.count || !finished.some((row) => row.migration_name === OLD.last))
    throw new MigrationError(
      `Expected no tables, or those of all ${OLD.count} migrations up to ${OLD.last}, got ${finished.length} of them. ` +
        'Run `npm run migrate` of commit 2d8a1ead on this database first, then of this version.',
    );
  await client.query(RECORD, [randomUUID(), checksum, name]);
  return name;
}

const row = z.object({ migration_name: z.string(), checksum: z.string(), finished_at: z.date().nullable() });
type Row = z.infer<typeof row>;
type Migration = { name: string; sql: string; checksum: string };

// This is word for word the CLI's own table.
const LEDGER = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

function check({ finished_at, checksum }: Row, migration: Migration) {
  if (!finished_at) throw new MigrationError(`The migration ${migration.name} was begun and did not finish`);
  if (checksum !== migration.checksum) {
    throw new MigrationError(`The migration ${migration.name} was changed after it had been applied`);
  }
}

const RECORD = `
  INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
  VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`;

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<string> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(RECORD, [randomUUID(), checksum, name]);
    await client.query('COMMIT');
    return name;
  } catch (cause) {
    await client.query('ROLLBACK');
    throw new MigrationError(
      `The migration ${name} failed: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

const ALREADY_THERE = ['42P04', '23505']; // the second code comes when two processes create it in the same instant

async function createDatabase(databaseUrl: string) {
  const url = new URL(databaseUrl);
  const name = decodeURIComponent(url.pathname.slice(1));
  if (await exists(databaseUrl)) return;
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && ALREADY_THERE.includes(error.code ?? ''))) throw error;
  } finally {
    await client.end();
  }
}

const NO_SUCH_DATABASE = '3D000';

// Tries to connect to it, because somebody else's server may not let us look into its `postgres` database.
async function exists(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === NO_SUCH_DATABASE) return false;
    throw error;
  } finally {
    await client.end();
  }
}

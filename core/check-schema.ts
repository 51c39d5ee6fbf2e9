import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { isPoolBusy, isPostgresAway } from '#core/away.ts';
import { ConfigError } from '#core/config.ts';
import { readRows } from '#core/rows.ts';

const AGAIN = 500; // ms until a Postgres that is away is asked again

type Looking = { signal: AbortSignal; log: (line: string) => void };

/**
 * Compares the tables with the migrations that this code knows. Tables that lack one reject with a {@link ConfigError}: every
 * statement might fail on them. Tables that are newer are logged, because the version before goes on while the next one is
 * rolled out, and may be started again meanwhile. Waits for a Postgres that is away, until `signal` is aborted.
 */
export async function checkSchema(pool: pg.Pool, { signal, log }: Looking): Promise<void> {
  const known = await knownMigrations();
  while (!signal.aborted) {
    try {
      const line = compare(known, await appliedMigrations(pool));
      if (line) log(line);
      return;
    } catch (error) {
      // Connections that hang are away as well: the pool has none to give.
      if (!isPostgresAway(error) && !isPoolBusy(error)) throw error;
    }
    await wait(AGAIN, undefined, { signal }).catch(() => {});
  }
}

/** What is to be said of newer tables; null when they are those of this code. */
function compare(known: string[], applied: string[]): string | null {
  const missing = known.filter((name) => !applied.includes(name));
  if (missing.length > 0)
    throw new ConfigError(
      `DATABASE_URL: Expected the tables of this version, ${missing.length} of its migrations are missing from ${missing[0]} on. ` +
        'Run `npm run migrate` once, then start again. Processes of the version before may go on meanwhile.',
    );
  const newest = known.at(-1) ?? '';
  const unknown = applied.filter((name) => name > newest);
  if (unknown.length === 0) return null;
  return (
    `DATABASE_URL: The tables are newer than this code, which does not know ${unknown.length} of their migrations, up to ${unknown.at(-1)}. ` +
    'This version may go on while the next one is rolled out. Otherwise start the version that made them.'
  );
}

/** The names of the folders are those of the migrations. They begin with their dates. */
async function knownMigrations(): Promise<string[]> {
  const entries = await readdir(join(process.cwd(), 'prisma/migrations'), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

const row = z.object({ name: z.string() });
const NOTHING_THERE = ['42P01', '3D000']; // neither the table of migrations, nor even the database

async function appliedMigrations(pool: pg.Pool): Promise<string[]> {
  try {
    const rows = await readRows(pool, row, {
      text: `SELECT migration_name AS name FROM _prisma_migrations
        WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
    });
    return rows.map(({ name }) => name);
  } catch (error) {
    if (error instanceof pg.DatabaseError && NOTHING_THERE.includes(error.code ?? '')) return [];
    throw error;
  }
}

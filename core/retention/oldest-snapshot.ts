import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

/**
 * For how many seconds somebody has held the oldest snapshot of this database. While it is held, Postgres cannot clear
 * old versions of rows, and removing rows frees no space. Sees the sessions of its own account; with the right
 * `pg_read_all_stats` all of them.
 */
export async function readOldestSnapshot(pool: Pick<pg.Pool, 'query'>): Promise<number> {
  const { seconds } = await readRow(pool, z.object({ seconds: z.number() }), {
    text: `
      SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float8 AS seconds
      FROM pg_stat_activity WHERE datname = current_database() AND backend_xmin IS NOT NULL`,
  });
  return seconds;
}

import { z } from 'zod';
import { openPostgres } from '#core/postgres.ts';
import { readRow } from '#core/rows.ts';
import type { World } from './world.ts';

/** Counts what statements read of one table. */
export type RowsRead = {
  /** How many rows of the table and entries of its indexes `work` reads, through the pool that it is given. */
  by(work: (pool: Pool) => Promise<unknown>): Promise<number>;
  /** How often `work` looks something up in an index of the table, whether it finds it or not. */
  lookupsBy(work: (pool: Pool) => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
};

type Pool = World['postgres']['pool'];

const total = z.object({ sum: z.number() });

/**
 * Uses a pool of one connection, because Postgres reports at once what this connection has read. What others have read,
 * it reports up to a second later.
 */
export function rowsRead(world: World, table: string): RowsRead {
  const { pool, close } = openPostgres({ url: world.databaseUrl, max: 1, name: 'rows read' });
  return { by: (work) => grown(ROWS, work), lookupsBy: (work) => grown(LOOKUPS, work), close };

  async function grown(sql: string, work: (pool: Pool) => Promise<unknown>): Promise<number> {
    const before = await readSum(sql);
    await work(pool);
    return (await readSum(sql)) - before;
  }

  async function readSum(sql: string): Promise<number> {
    await pool.query('SELECT pg_stat_force_next_flush()');
    const { sum } = await readRow(pool, total, { text: `SELECT (${sql})::int AS sum`, values: [table] });
    return sum;
  }
}

const LOOKUPS = 'SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE relname = $1';
const ROWS = `(SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = $1)
  + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = $1)`;

import type pg from 'pg';
import { z } from 'zod';
import type { StoreClient } from '#core/redis.ts';
import { readRow } from '#core/rows.ts';
import { keysWith, unlink } from '#core/timelines/scan.ts';

/**
 * Empties every table but the record of migrations, also tables that later migrations add. Five tables are not
 * truncated. The one rows of `backlog` and `timeline_upkeep` are set to zero, because truncating other tables runs no
 * trigger of their rows. The row of `ledger_incarnation` stays as it is, because this is the same ledger. The schedules
 * that every system has stay too: workers add them only when they start, and may be running. So do the layouts of the
 * timelines, by which running processes name them.
 */
export async function emptyTables(client: pg.PoolClient): Promise<void> {
  const { tables } = await readRow(client, z.object({ tables: z.string() }), {
    text: `SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') AS tables
     FROM pg_tables WHERE schemaname = current_schema()
       AND tablename NOT IN ('_prisma_migrations', 'backlog', 'schedule', 'timeline_upkeep', 'ledger_incarnation',
         'timeline_layout')`,
  });
  await client.query(`TRUNCATE ${tables}`);
  await client.query('DELETE FROM schedule WHERE account_id IS NOT NULL');
  await client.query(
    `UPDATE backlog SET deliveries = 0, fan_outs = 0, done = 0, fan_outs_done = 0, sampled_done = 0, sampled_deliveries = 0,
       sampled_fan_outs = 0, sampled_fan_outs_done = 0, paused = false`,
  );
  await client.query(
    `UPDATE timeline_upkeep SET dropping = false, cursor = '0', unread_before = 0, dropped = 0, dropped_at = NULL`,
  );
}

/** The keys of timelines, receipts and rebuilds. FLUSHDB would not do, because the store may be shared. */
const PREFIXES = ['h:{', 'receipt:{', 'receipts:{', 'receipts-leaving:{', 'rebuild:{', 'warmed:{'];

/** Removes timelines, receipts and rebuilds from the timeline store. A million take about a second. */
export async function emptyTimelines(store: StoreClient): Promise<void> {
  for (const prefix of PREFIXES)
    for await (const keys of keysWith(store, prefix, 10_000)) await unlink(store, keys);
}

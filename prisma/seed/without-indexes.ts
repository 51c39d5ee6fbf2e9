import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';

const index = z.object({ drop: z.string(), create: z.string() });

/**
 * Drops a table's indexes, does the work, and builds the indexes again as the catalogue describes them. Adding 1.5
 * million edges to an empty table takes 8.5 s with its indexes. Without them it takes 2.0 s, and building them 1.7 s.
 * All of it belongs into one transaction: when the work fails, the indexes are back.
 */
export async function withoutIndexes(client: pg.PoolClient, table: string, work: () => Promise<void>) {
  const indexes = await indexesOf(client, table);
  for (const { drop } of indexes) await client.query(drop);
  await work();
  for (const { create } of indexes) await client.query(create);
}

async function indexesOf(client: pg.PoolClient, table: string): Promise<z.infer<typeof index>[]> {
  return readRows(client, index, {
    text: `SELECT CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
                 ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, c.conname) END AS drop,
            CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                 ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname,
                             pg_get_constraintdef(c.oid)) END AS create
     FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
     WHERE i.indrelid = $1::regclass ORDER BY i.indexrelid`,
    values: [table],
  });
}

import pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';
import { theApp } from './processes.ts';

/** Asks the ledger of the application under test, or changes it without the application's knowledge. */
export function inLedger(sql: string, values: unknown[] = []): Promise<unknown[]> {
  return connected(async (client) => (await client.query(sql, values)).rows);
}

/** A row with an id. This connection gives a bigint as text. */
export const idRow = z.object({ id: z.coerce.number() });

/** The one row that a statement returns, checked against a schema. */
export function rowInLedger<Row extends z.ZodType>(
  row: Row,
  sql: string,
  values: unknown[],
): Promise<z.infer<Row>> {
  return connected((client) => readRow(client, row, { text: sql, values }));
}

async function connected<T>(ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: theApp().databaseUrl });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

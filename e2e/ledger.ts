import pg from 'pg';
import { theApp } from './processes.ts';

/** Asks the ledger of the application that these walkthroughs run against, or changes it behind its back. */
export async function inLedger<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: theApp().databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

import type pg from 'pg';
import { z } from 'zod';

type Statement = { name?: string; text: string; values?: unknown[] };

/** A row of a statement that returns ids alone. */
export const idRow = z.object({ id: z.number() });

/**
 * Runs one statement and returns its rows, checked against a schema. If a column is missing, renamed or of another type,
 * this fails and names it. Otherwise it would be an `undefined` three files later.
 */
export async function readRows<Row extends z.ZodType>(
  client: Pick<pg.Pool, 'query'>,
  row: Row,
  statement: Statement,
): Promise<z.infer<Row>[]> {
  const { rows } = await client.query<Record<string, unknown>>(statement);
  return z.array(row).parse(rows);
}

/** The one row of a statement that always has one. */
export async function readRow<Row extends z.ZodType>(
  client: Pick<pg.Pool, 'query'>,
  row: Row,
  statement: Statement,
): Promise<z.infer<Row>> {
  const [first, ...more] = await readRows(client, row, statement);
  if (first === undefined || more.length > 0)
    throw new Error(`Expected one row, got ${more.length + Number(first !== undefined)}: ${statement.text}`);
  return first;
}

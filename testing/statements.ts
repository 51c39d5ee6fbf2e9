import pg from 'pg';
import { vi } from 'vitest';

/**
 * Returns the statements that `work` sends to Postgres, by pg and by Prisma alike, in order. It would also catch the
 * statements of a test that runs at the same time in this process.
 */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.map(([statement]) => textOf(statement));
  } finally {
    query.mockRestore();
  }
}

const textOf = (statement: unknown): string =>
  typeof statement === 'object' && statement && 'text' in statement
    ? String(statement.text)
    : String(statement);

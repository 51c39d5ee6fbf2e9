import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '#prisma/client/client.ts';

/**
 * One pool, two ways in: `prisma` for the everyday queries, `pool` for the statements whose SQL is the point
 * (locks, set operations, packed ids). `int8` columns arrive as numbers through `pool`: ids stay below 2^53.
 */
export type Postgres = { pool: pg.Pool; prisma: PrismaClient; close(): Promise<void> };

export type PostgresOptions = {
  url: string;
  /** Connections at most. */
  max: number;
  /** Shown in pg_stat_activity. */
  name: string;
  /**
   * `off` answers a commit before it is on disk. For the worker alone: all that it writes so can be derived again
   * from receipts, and what cannot (the plan) asks for `on` in its own transaction.
   */
  synchronousCommit?: 'on' | 'off';
};

/**
 * Milliseconds that a transaction may wait for its own process. One that is frozen or cut off in the middle would hold
 * its locks for as long: a fan-out's row, or that of the backlog, which every post needs. Ours take a few ms.
 */
const IDLE_IN_TRANSACTION = 5_000;

const INT8 = 20;

/** Opens nothing yet: connections are made when first needed, so that a server that is away does not stop the start. */
export function openPostgres({ url, max, name, synchronousCommit = 'on' }: PostgresOptions): Postgres {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: 3_000,
    options: `-c TimeZone=UTC -c synchronous_commit=${synchronousCommit}`,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
    types: { getTypeParser: parser as typeof pg.types.getTypeParser },
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => {});
  // Nor does the pool listen while a connection is taken: one that breaks between two queries of a transaction would
  // end the process as well. The next query on it reports it.
  pool.on('connect', (client) => client.on('error', () => {}));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
  let closing: Promise<void> | undefined;
  return {
    pool,
    prisma,
    close: () => {
      closing ??= prisma.$disconnect().then(() => pool.end());
      return closing;
    },
  };
}

function parser(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8 && format !== 'binary') return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}

/** The time by Postgres' clock: the one clock that all processes share. */
export async function postgresClock(client: Pick<pg.Pool, 'query'>): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  if (!rows[0]) throw new Error('Expected one row from SELECT clock_timestamp(), got none');
  return rows[0].now;
}

/** Runs `work` in one transaction on one connection; rolls back when it throws. */
export async function transaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

// Class 08: connection; 57P: shutdown, crash, starting up; 53300: too many connections; 25P03: see IDLE_IN_TRANSACTION.
const AWAY_CODE = /^(08...|57P0[123]|53300|25P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/;
const AWAY_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection)/;

/** True when a query failed because Postgres could not be reached, not by its own fault. */
export function isPostgresAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.every(isPostgresAway);
  return (
    ('code' in error && AWAY_CODE.test(String(error.code)) && !('command' in error)) ||
    AWAY_TEXT.test(error.message)
  );
}

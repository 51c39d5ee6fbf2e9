import pg from 'pg';
import { z } from 'zod';
import { driverErrorIn, prismaOn } from '#core/prisma.ts';
import { readRow } from '#core/rows.ts';
import type { PrismaClient } from '#prisma/client/client.ts';

/**
 * One pool, two ways in. `prisma` is for everyday reads and writes: accounts, an author's tweets, tasks as they are
 * shown, schedules. `pool` is for everything on the path of a tweet or a task, and for statements whose SQL is the point;
 * there `int8` columns arrive as numbers, since ids stay below 2^53. docs/decisions/025 draws the line.
 */
export type Database = { pool: pg.Pool; prisma: PrismaClient };

/** A database, and the end of its connections. */
export type Postgres = Database & { close(): Promise<void> };

export type PostgresOptions = {
  url: string;
  /** Connections at most. */
  max: number;
  /** Shown in pg_stat_activity. */
  name: string;
  /** Milliseconds that a query may take, waiting for locks included; without a bound unless told. */
  answerMs?: number;
  /** How many may wait for a connection: the next one gets {@link PoolBusy}. As many as there are unless told. */
  line?: number;
  /**
   * `off` answers a commit before it is on disk. For the worker alone: all that it writes so can be derived again
   * from receipts, and what cannot asks for it, see {@link durableTransaction}.
   */
  synchronousCommit?: 'on' | 'off';
};

/**
 * Milliseconds that a transaction may wait for its own process. One that is frozen or cut off in the middle would hold
 * its locks for as long: a fan-out's row, or that of the backlog, which every post needs. Ours take a few ms.
 */
const IDLE_IN_TRANSACTION = 5_000;

/** The server gives up first and says so; a link that carries nothing is given up by this process, so much later. */
const LINK_GRACE = 500; // ms

/**
 * A connection that is made anew costs a process, its caches and its plans: the first chunk of a fan-out was 10 ms later
 * when the last one had been more than 10 s ago, which is how long the driver keeps them by default.
 */
const KEPT_IDLE = 300_000; // ms

const INT8 = 20;

/** Opens nothing yet: connections are made when first needed, so that a server that is away does not stop the start. */
export function openPostgres(options: PostgresOptions): Postgres {
  const pool = new ShortLinePool(poolConfig(options), options.line ?? Number.POSITIVE_INFINITY);
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => {});
  // Nor does the pool listen while a connection is taken: one that breaks between two queries of a transaction would
  // end the process as well. The next query on it reports it.
  pool.on('connect', (client) => client.on('error', () => {}));
  const prisma = prismaOn(pool);
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

function poolConfig({ url, max, name, answerMs, synchronousCommit = 'on' }: PostgresOptions): pg.PoolConfig {
  return {
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: KEPT_IDLE,
    keepAlive: true,
    ...(answerMs && { statement_timeout: answerMs, query_timeout: answerMs + LINK_GRACE }),
    options: `-c TimeZone=UTC -c synchronous_commit=${synchronousCommit}`,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
    types: { getTypeParser: parser as typeof pg.types.getTypeParser },
  };
}

/** Every connection is taken, and too many wait for one, or one waited too long. Nothing was sent to Postgres. */
export class PoolBusy extends Error {
  override name = 'PoolBusy';
}

/** True for a {@link PoolBusy}, by its name: each route of the web process has a class of its own. */
export const isPoolBusy = (error: unknown): error is Error =>
  error instanceof Error && error.name === 'PoolBusy';

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: Error | boolean) => void,
) => void;

const WAITED_TOO_LONG = 'timeout exceeded when trying to connect';

/**
 * A pool that refuses instead of letting a crowd wait. Whoever waits longer than his client has patience is answered
 * for nobody, and holds up those behind.
 */
class ShortLinePool extends pg.Pool {
  constructor(
    config: pg.PoolConfig,
    private readonly line: number,
  ) {
    super(config);
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(connected: Connected): void;
  override connect(connected?: Connected): Promise<pg.PoolClient> | undefined {
    const client = this.#connect();
    if (!connected) return client;
    client.then(
      (given) => connected(undefined, given, (release) => given.release(release)),
      (error: Error) => connected(error, undefined, () => {}),
    );
    return undefined;
  }

  async #connect(): Promise<pg.PoolClient> {
    if (this.waitingCount >= this.line) throw this.#busy();
    return super.connect().catch((error: Error) => {
      throw error.message === WAITED_TOO_LONG && Number.isFinite(this.line) ? this.#busy() : error;
    });
  }

  #busy(): PoolBusy {
    return new PoolBusy(
      `All ${this.totalCount} connections to Postgres are taken and ${this.waitingCount} requests wait for one`,
    );
  }
}

function parser(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8 && format !== 'binary') return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}

/** The time by Postgres' clock: the one clock that all processes share. */
export async function postgresClock(client: Pick<pg.Pool, 'query'>): Promise<Date> {
  const { now } = await readRow(client, clock, { text: 'SELECT clock_timestamp() AS now' });
  return now;
}

const clock = z.object({ now: z.date() });

type Work<T> = (client: pg.PoolClient) => Promise<T>;

/** Runs `work` in one transaction on one connection; rolls back when it throws. */
export const transaction = <T>(pool: pg.Pool, work: Work<T>): Promise<T> => run(pool, 'BEGIN', work);

/**
 * As {@link transaction}, and its commit is on disk when this resolves, also on a pool whose commits do not wait for
 * that: for what others build on at once and nothing could derive again. A crash of Postgres would take it back.
 */
export const durableTransaction = <T>(pool: pg.Pool, work: Work<T>): Promise<T> =>
  run(pool, 'BEGIN; SET LOCAL synchronous_commit = on', work);

async function run<T>(pool: pg.Pool, begin: string, work: Work<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    broken = await rollBack(client, error);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Returns why the connection cannot be used any more. A server that is silent is not waited for again: closing rolls back. */
async function rollBack(client: pg.PoolClient, error: unknown): Promise<Error | undefined> {
  if (error instanceof Error && error.message === SILENT) return error;
  return client.query('ROLLBACK').then(
    () => undefined,
    (failure: Error) => failure,
  );
}

const SILENT = 'Query read timeout';

// Class 08: connection; 57P: shutdown, crash, starting up; 53300: too many connections; 25P03: see IDLE_IN_TRANSACTION.
// 57014: no answer within `answerMs`.
const AWAY_CODE = /^(08...|57P0[123]|57014|53300|25P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/;
const AWAY_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection)/;

// What Prisma's adapter calls the errors of a socket. It keeps no code of these.
const AWAY_KINDS = ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout'];

/** True when a query failed because Postgres could not be reached, not by its own fault. Also for a query of Prisma. */
export function isPostgresAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.every(isPostgresAway);
  const driver = driverErrorIn(error);
  if (driver) return AWAY_KINDS.includes(driver.kind) || AWAY_CODE.test(driver.originalCode ?? '');
  return (
    ('code' in error && AWAY_CODE.test(String(error.code)) && !('command' in error)) ||
    AWAY_TEXT.test(error.message)
  );
}

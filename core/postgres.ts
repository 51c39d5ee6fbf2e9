import pg from 'pg';
import { z } from 'zod';
import { MINUTE, SECOND } from '#core/durations.ts';
import { clientTo, Primary, requirePrimary } from '#core/primary.ts';
import { prismaOn } from '#core/prisma.ts';
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
  /** Of one server, or of several of which one is the primary: see postgres-url.ts. */
  url: string;
  /** Connections at most. */
  max: number;
  /** Shown in pg_stat_activity. */
  name: string;
  /** Milliseconds that a query may take, with its wait for locks. No bound by default. */
  answerMs?: number;
  /** How many may wait for a connection: the next one gets {@link PoolBusy}. No bound by default. */
  line?: number;
  /**
   * `off` answers a commit before it is on disk. For the worker alone: all that it writes so can be derived again
   * from receipts, and what cannot asks for it, see {@link durableTransaction}.
   */
  synchronousCommit?: 'on' | 'off';
  /** For each new connection, before anybody gets it: a server that was started anew has to be looked at. */
  onConnect?: (client: pg.ClientBase) => Promise<unknown>;
};

/**
 * How long a transaction may wait for its own process. A process that is frozen or cut off in the middle holds its locks
 * for as long: a fan-out's row, or that of the backlog, which every post needs. Ours take a few ms.
 */
const IDLE_IN_TRANSACTION = 5 * SECOND;

/** For a connection, whether it is opened or becomes free. */
const CONNECT = 3 * SECOND;

/** The server gives up first and says so. On a dead link this process gives up, this much later. */
const LINK_GRACE = 500; // ms

/**
 * A new connection costs a process, its caches and its plans. The driver closes idle ones after 10 s by default: the
 * first chunk of a fan-out then came 10 ms later.
 */
const KEPT_IDLE = 5 * MINUTE;

const INT8 = 20;

/** Opens nothing yet: connections are made when first needed, so that a server that is away does not stop the start. */
export function openPostgres(options: PostgresOptions): Postgres {
  const pool = new ShortLinePool(options);
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => {});
  // The pool does not listen while a connection is taken. Without a listener one that breaks between two queries of a
  // transaction would end the process as well. The next query on it reports the failure.
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

function poolConfig(options: PostgresOptions, primary: Primary): pg.PoolConfig {
  const { url, max, name, answerMs, synchronousCommit = 'on', onConnect } = options;
  const ofSeveral = async (client: pg.ClientBase) => {
    await requirePrimary(client);
    await onConnect?.(client);
  };
  return {
    ...(onConnect && { onConnect }),
    ...(primary.count > 1 && { Client: clientTo(primary), onConnect: ofSeveral }),
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: CONNECT,
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
  /** All that a page's error tells the browser, see app/error.tsx. */
  readonly digest = 'too-busy';
}

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: Error | boolean) => void,
) => void;

const WAITED_TOO_LONG = 'timeout exceeded when trying to connect';

/** A caller waited for a connection that others hold. That says nothing about the server. */
const isAwaited = (error: unknown): boolean => error instanceof Error && error.message === WAITED_TOO_LONG;

/**
 * A pool that refuses instead of letting a crowd wait. A request that waits longer than its client is answered in vain,
 * and holds up those behind it.
 */
class ShortLinePool extends pg.Pool {
  readonly #line: number;
  readonly #primary: Primary;

  constructor(options: PostgresOptions) {
    const primary = new Primary(options.url);
    super(poolConfig(options, primary));
    this.#line = options.line ?? Number.POSITIVE_INFINITY;
    this.#primary = primary;
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
    if (this.waitingCount >= this.#line) throw this.#busy();
    return this.#connectToAny().catch((error: Error) => {
      throw error.message === WAITED_TOO_LONG && Number.isFinite(this.#line) ? this.#waitedTooLong() : error;
    });
  }

  /** Tries each server once. A server that does not answer at all takes the time that there is: the next call goes on. */
  async #connectToAny(): Promise<pg.PoolClient> {
    const end = performance.now() + CONNECT;
    for (let tries = 1; ; tries++) {
      const { url, count } = this.#primary;
      try {
        return await super.connect();
      } catch (error) {
        if (isAwaited(error)) throw error;
        this.#primary.goOnFrom(url);
        if (tries >= count || performance.now() > end) throw error;
      }
    }
  }

  #busy(): PoolBusy {
    return new PoolBusy(
      `All ${this.totalCount} connections to Postgres are taken and ${this.waitingCount} requests wait for one`,
    );
  }

  #waitedTooLong(): PoolBusy {
    return new PoolBusy(
      `All ${this.totalCount} connections to Postgres were taken for the ${CONNECT / SECOND} s that a request may wait for one`,
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

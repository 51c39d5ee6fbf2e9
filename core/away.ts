import { z } from 'zod';

/** Why a server cannot be used now. It ends a sentence that begins with the server's name. */
type Reason =
  | 'does not answer'
  | 'takes no writes now'
  | 'refuses the user or the password'
  | 'gave this request up for another one';

/** A server that cannot be used now. */
export type Away = { server: 'Postgres' | 'The timeline store' | 'The broker'; reason: Reason };

/** The server that cannot be used now, as an error says; null when the error says something else. */
export function awayOf(error: unknown): Away | null {
  const postgres = reasonOfPostgres(error);
  if (postgres) return { server: 'Postgres', reason: postgres };
  const store = reasonOfStore(error);
  if (store) return { server: 'The timeline store', reason: store };
  return isBrokerAway(error) ? { server: 'The broker', reason: 'does not answer' } : null;
}

/** True when a query failed because Postgres cannot be used now, and not by its own fault. */
export const isPostgresAway = (error: unknown): boolean => reasonOfPostgres(error) !== null;

/** True when Postgres gave up a statement that took too long. It is there: a lighter statement may be answered. */
export const isTooSlow = (error: unknown): boolean =>
  error instanceof Error && codesOf(error).includes('57014');

/** True when a command failed because its Redis cannot be used now, and not by its own fault. */
export const isStoreAway = (error: unknown): boolean => reasonOfStore(error) !== null;

/** True for a `BrokerAway` of the broker's port. Goes by its name: core knows no broker, and a process may load it twice. */
export const isBrokerAway = (error: unknown): boolean => hasName(error, 'BrokerAway');

/** True when Postgres was not asked, because too many wait for a connection. Goes by the name, as {@link isBrokerAway}. */
export const isPoolBusy = (error: unknown): error is Error => hasName(error, 'PoolBusy');

const hasName = (error: unknown, name: string): error is Error =>
  error instanceof Error && error.name === name;

/**
 * By the codes of Postgres, of sockets and of Prisma (P1001: no connection, P1017: it was lost, P2037: too many).
 * 08: connection. 57P: shutdown, crash, starting up. 57014: no answer within `answerMs`. 25P03 and 57P05: see
 * IDLE_IN_TRANSACTION. 25P04: the server's own bound on transactions.
 * 53: no connection, memory or disk left. 25006: a replica, or one that was made read-only. 28: user or password.
 * 40001 and 40P01: two transactions met, and this one was ended so that the other could go on.
 */
const POSTGRES_CODES: [RegExp, Reason][] = [
  [/^(08...|57P0[1235]|57014|53[0234]00|25P0[34])$/, 'does not answer'],
  [
    /^(E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|NOTFOUND)|P1001|P1002|P1008|P1017|P2024|P2037)$/,
    'does not answer',
  ],
  [/^(25006|53100|58030)$/, 'takes no writes now'],
  [/^(28...|P1000|P1010)$/, 'refuses the user or the password'],
  [/^(40001|40P01|P2034)$/, 'gave this request up for another one'],
];
const POSTGRES_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection)/;

function reasonOfPostgres(error: unknown): Reason | null {
  if (!(error instanceof Error)) return null;
  // One for each address of a name.
  if (error instanceof AggregateError) return error.errors.every(isPostgresAway) ? 'does not answer' : null;
  if (POSTGRES_TEXT.test(error.message)) return 'does not answer';
  // A failed command of Redis names itself, and may have a code of the same socket errors.
  if ('command' in error) return null;
  return (
    codesOf(error)
      .map((code) => reasonIn(POSTGRES_CODES, code))
      .find((reason) => reason !== null) ?? null
  );
}

/** Prisma gives nearly all errors of Postgres one code of its own, and keeps the original one beside it. */
const prismaMeta = z.object({
  driverAdapterError: z.object({ cause: z.object({ originalCode: z.string().optional() }) }),
});
const coded = z.object({
  code: z.string().optional().catch(undefined),
  meta: prismaMeta.optional().catch(undefined),
});

function codesOf(error: Error): string[] {
  const { code, meta } = coded.safeParse(error).data ?? {};
  return [code, meta?.driverAdapterError.cause.originalCode].filter((each) => each !== undefined);
}

/**
 * By the words that Redis begins its errors with, and those of its driver. BUSY: a script has run for too long. MOVED and
 * ASK: the nodes of a cluster do not agree yet who holds a slot. The last words are those of a cluster's driver.
 */
const STORE_TEXTS: [RegExp, Reason][] = [
  [
    /^(Connection is closed|Command timed out|Stream isn't writeable|connect |read |write )/,
    'does not answer',
  ],
  [/^(LOADING|MASTERDOWN|BUSY|CLUSTERDOWN|TRYAGAIN|MOVED|ASK) /, 'does not answer'],
  [
    /^(Too many Cluster redirections|Failed to refresh slots cache|None of startup nodes|Cluster isn't ready|Cluster is disconnect|Node is disconnected)/,
    'does not answer',
  ],
  [/^(READONLY|OOM|MISCONF|NOREPLICAS) /, 'takes no writes now'],
  [/^(NOAUTH|WRONGPASS) /, 'refuses the user or the password'],
];

function reasonOfStore(error: unknown): Reason | null {
  if (!(error instanceof Error)) return null;
  if (error.name === 'MaxRetriesPerRequestError') return 'does not answer';
  return reasonIn(STORE_TEXTS, error.message);
}

const reasonIn = (known: [RegExp, Reason][], text: string): Reason | null =>
  known.find(([pattern]) => pattern.test(text))?.[1] ?? null;

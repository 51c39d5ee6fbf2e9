import pg from 'pg';
import { theApp } from './processes.ts';

/**
 * The system is filled in its ledger: the one row of `backlog` says how many deliveries wait, and how many are done a
 * second. The refusal, with its figures and its Retry-After, is then the server's own. Making room is one statement
 * too. Overloading the real workers would need a machine that is slow enough.
 */
const WAITING = 20_000; // deliveries
const PER_SECOND = 1_000; // 10 s of work may wait, so there is room in about 10 s

let filled = 0;

/** Lets so many deliveries wait; {@link makeRoom} takes them back. */
export async function fillUp({ waiting = WAITING, perSecond = PER_SECOND } = {}): Promise<void> {
  filled += waiting;
  await execute('UPDATE backlog SET deliveries = deliveries + $1, rate = $2, rate_deviation = 0', [
    waiting,
    perSecond,
  ]);
}

/** Makes room again. May be called when there is room already. */
export async function makeRoom(): Promise<void> {
  await execute('UPDATE backlog SET deliveries = deliveries - $1, rate = 0', [filled]);
  filled = 0;
}

async function execute(sql: string, values: number[]): Promise<void> {
  const client = new pg.Client({ connectionString: theApp().databaseUrl });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}

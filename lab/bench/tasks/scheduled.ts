import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { HOUR, MINUTE, SECOND } from '#core/durations.ts';
import { readRows } from '#core/rows.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { until } from '#dev/ports.ts';
import type { Connections } from '#lab/stage/connect.ts';

const AHEAD = 3 * SECOND; // so that all are asked for before the first is due
const SPREAD = 10 * SECOND;

/**
 * How many milliseconds after their time tasks left the ledger, and how many after that time they started. Both are by
 * the clock of Postgres.
 */
export type Lateness = { left: number[]; started: number[] };

/**
 * Keeps `pending` tasks waiting for an hour. A tenth as many are due meanwhile, one after the other over ten seconds.
 */
export async function spreadOut(connections: Connections, pending: number): Promise<Lateness> {
  await schedule(connections, pending, () => HOUR);
  const count = Math.round(pending / 10);
  return latenessOf(connections, await schedule(connections, count, (n) => AHEAD + (SPREAD * n) / count));
}

/** Asks for `count` tasks that are all due in the same millisecond. */
export async function allAtOnce(connections: Connections, count: number): Promise<Lateness> {
  const ids = await schedule(connections, count, () => AHEAD);
  return latenessOf(connections, ids);
}

async function schedule(
  { pool }: Connections,
  count: number,
  aheadMs: (n: number) => number,
): Promise<number[]> {
  const now = Date.now();
  const asked = Array.from({ length: count }, (_, n) => ({
    kind: 'noop',
    data: { askedAt: now },
    dueAt: new Date(now + aheadMs(n)),
  }));
  return askTasks(pool, asked);
}

const late = z.object({ left: z.number(), started: z.number() });

async function latenessOf({ pool }: Connections, ids: number[]): Promise<Lateness> {
  const rows = await until(async () => {
    await wait(500);
    const rows = await readRows(pool, late, {
      text: `SELECT (extract(epoch FROM published_at - due_at) * 1000)::float8 AS left,
         (extract(epoch FROM started_at - due_at) * 1000)::float8 AS started
       FROM task WHERE id = ANY($1) AND state = 'succeeded'`,
      values: [ids],
    });
    if (rows.length < ids.length) throw new Error(`Expected ${ids.length} to be done, ${rows.length} are`);
    return rows;
  }, MINUTE);
  return { left: rows.map(({ left }) => left), started: rows.map(({ started }) => started) };
}

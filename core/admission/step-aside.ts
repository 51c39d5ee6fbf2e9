import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { THE_ROW } from '#core/admission/backlog.ts';
import { readRow } from '#core/rows.ts';

/** When more deliveries wait than this, other work would take a core from them. */
const BUSY = 5_000;
const LOOK = 50; // ms between two looks at how many wait

export type Patience = {
  patienceMs: number;
  signal: AbortSignal;
  /** Called at each look that finds many deliveries waiting. */
  waiting?(): Promise<void>;
};

/**
 * Lets deliveries go first. Resolves when few wait, or when the patience is used up, with what is left of it. It is for
 * background work in small steps, for which at most one person waits.
 */
export async function stepAside(
  client: Pick<pg.ClientBase, 'query'>,
  { patienceMs, signal, waiting }: Patience,
): Promise<number> {
  for (let left = patienceMs; left > 0; left -= LOOK) {
    if ((await countDeliveries(client)) <= BUSY) return left;
    await waiting?.();
    await wait(Math.min(LOOK, left), undefined, { signal });
  }
  return 0;
}

const count = z.object({ deliveries: z.int() });

async function countDeliveries(client: Pick<pg.ClientBase, 'query'>): Promise<number> {
  // While deliveries are paused, there is nothing to let go first.
  const text = `
    SELECT CASE WHEN paused THEN 0 ELSE least(deliveries, 2147483647) END::int AS deliveries
    FROM backlog WHERE ${THE_ROW}`;
  return (await readRow(client, count, { text })).deliveries;
}

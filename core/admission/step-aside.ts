import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

const BUSY = 5_000; // deliveries that wait, from which on other work takes its core from them
const LOOK = 50; // ms between two looks whether they are done

export type Patience = { patienceMs: number; signal: AbortSignal };

/**
 * Lets deliveries go first: resolves when few wait, or when the patience is used up, with what is left of it. For work
 * that comes in small steps and that one person waits for, or nobody.
 */
export async function stepAside(
  client: Pick<pg.ClientBase, 'query'>,
  { patienceMs, signal }: Patience,
): Promise<number> {
  for (let left = patienceMs; left > 0; left -= LOOK) {
    if ((await countDeliveries(client)) <= BUSY) return left;
    await wait(Math.min(LOOK, left), undefined, { signal });
  }
  return 0;
}

const count = z.object({ deliveries: z.int() });

async function countDeliveries(client: Pick<pg.ClientBase, 'query'>): Promise<number> {
  const text = 'SELECT least(deliveries, 2147483647)::int AS deliveries FROM backlog';
  return (await readRow(client, count, { text })).deliveries;
}

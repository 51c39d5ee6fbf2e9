import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { isPoolBusy, isPostgresAway } from '#core/away.ts';
import { ConfigError } from '#core/config.ts';
import { changeShards, readLayout } from '#core/ledger/layout.ts';
import { readRow } from '#core/rows.ts';

const AGAIN = 500; // ms until a Postgres that is away is asked again

/**
 * Compares TIMELINE_SHARDS with the ledger, and rejects with a {@link ConfigError} when they differ: two processes with
 * different numbers must not run. A ledger without any tweet takes the number over. Without the variable any number is right.
 * Waits for a Postgres that is away, until `signal` is aborted.
 */
export async function requireShards(
  pool: pg.Pool,
  wanted: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  while (wanted !== undefined && !signal.aborted) {
    try {
      return await compare(pool, wanted);
    } catch (error) {
      // Connections that hang are away as well: the pool has none to give.
      if (!isPostgresAway(error) && !isPoolBusy(error)) throw error;
    }
    await wait(AGAIN, undefined, { signal }).catch(() => {});
  }
}

async function compare(pool: pg.Pool, wanted: number): Promise<void> {
  const { shards } = await readLayout(pool);
  if (shards === wanted) return;
  if (await isEmpty(pool)) {
    await changeShards(pool, wanted);
    return;
  }
  throw new ConfigError(
    `TIMELINE_SHARDS: Expected ${shards}, as the timelines of this ledger lie, got ${wanted}. ` +
      `Leave the variable out, or run \`npm run shards -- ${wanted}\`, which changes it for all processes.`,
  );
}

/** Whether nothing was ever posted: then there is no timeline that a change could make cold. */
async function isEmpty(pool: pg.Pool): Promise<boolean> {
  const { empty } = await readRow(pool, z.object({ empty: z.boolean() }), {
    text: 'SELECT NOT EXISTS (SELECT FROM tweet) AND NOT EXISTS (SELECT FROM fan_out) AS empty',
  });
  return empty;
}

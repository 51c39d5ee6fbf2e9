import type pg from 'pg';
import { z } from 'zod';
import { DAY } from '#core/durations.ts';
import { transaction } from '#core/postgres.ts';
import { forgetApps, forgetCodes } from '#core/retention/forget-clients.ts';
import { type Forgotten, forgetFinished, type Range } from '#core/retention/forget-finished.ts';
import { forgetKeys, forgetTaskKeys, forgetWorkers, KEYS_AT_ONCE } from '#core/retention/forget-rows.ts';
import { readRow } from '#core/rows.ts';
import { KEYS_KEPT } from '#core/tweets/keys-kept.ts';

/** How long the ledger keeps what is finished, in days. docs/retention.md has the whole table. */
export type Kept = {
  /** Idempotency keys of clients, and those of scheduled tweets: see {@link KEYS}. */
  keyDays: number;
  taskKeyDays: number;
  /** For chunks, after the end of their fan-out. */
  chunkDays: number;
  /** For fan-outs, after their end; at least as long as any idempotency key leads to one. */
  fanOutDays: number;
};

type Step = { what: string; days: number; forget(client: pg.PoolClient, range: Range): Promise<Forgotten> };

/**
 * How long keys are kept. The key of a scheduled tweet is kept longer, because its task may have been cut off after it
 * had posted. Workers that were away for a weekend then run it again, and it must find its tweet.
 */
export const KEYS = { keyDays: KEYS_KEPT / DAY, taskKeyDays: 30 };

/** An app that was unused for so long registers again, or its user adds the server to it again. */
const UNUSED_APP_DAYS = 30;

/** The steps in their order: a fan-out goes only when no key leads to it any more. */
const stepsOf = ({ keyDays, taskKeyDays, chunkDays, fanOutDays }: Kept): Step[] => [
  { what: 'keys', days: keyDays, forget: forgetKeys },
  { what: 'task keys', days: taskKeyDays, forget: forgetTaskKeys },
  { what: 'chunks', days: chunkDays, forget: forgetFinished('chunks') },
  { what: 'fan-outs', days: fanOutDays, forget: forgetFinished('fan-outs') },
  { what: 'workers', days: 1, forget: forgetWorkers },
  { what: 'codes', days: 1, forget: forgetCodes },
  { what: 'apps', days: UNUSED_APP_DAYS, forget: forgetApps },
];

/**
 * Removes a batch of each kind that has been kept for long enough. Returns how many rows it looked at: 0 when there is
 * nothing, or when another worker does it. No kind waits for another to have nothing left: while people post day and
 * night, there is always one more key. Only a full batch of keys ends it early.
 *
 * The removal and the time up to which it got are one transaction, so a worker that dies leaves the batch to the next
 * one. What is not finished stays, and so does a fan-out that failed: a Retry needs its chunks. Thanks to that time this
 * is still fast after a year: what stays for a reason, such as a failed fan-out, is looked at once.
 */
export async function forgetOnce(pool: pg.Pool, kept: Kept): Promise<number> {
  return transaction(pool, async (client) => {
    if (!(await lockRetention(client))) return 0;
    let rows = 0;
    for (const step of stepsOf(kept)) {
      const found = await take(client, step);
      rows += found;
      if (found === KEYS_AT_ONCE) break; // keys are left, and may lead to a fan-out that would go
    }
    return rows;
  });
}

const RETENTION = 7_103; // any number that no other advisory lock of this database uses

/** Lets one worker in, until its transaction ends. That of a frozen worker ends within 5 s (see core/postgres.ts). */
async function lockRetention(client: pg.PoolClient): Promise<boolean> {
  const { locked } = await readRow(client, z.object({ locked: z.boolean() }), {
    text: 'SELECT pg_try_advisory_xact_lock($1, 0) AS locked',
    values: [RETENTION],
  });
  return locked;
}

async function take(client: pg.PoolClient, { what, days, forget }: Step): Promise<number> {
  const range = await rangeOf(client, what, days);
  const { rows, upTo } = await forget(client, range);
  if (upTo !== range.from) await moveOn(client, what, upTo);
  return rows;
}

/** All steps of a look have one time. Otherwise a fan-out could be old enough for its step when its key was not yet. */
async function rangeOf(client: pg.PoolClient, what: string, days: number): Promise<Range> {
  return readRow(client, z.object({ from: z.string(), to: z.string() }), {
    text: `
      SELECT coalesce((SELECT forgotten_to FROM retention WHERE what = $1), '-infinity')::text AS "from",
        (transaction_timestamp() - $2 * interval '1 day')::timestamptz(3)::text AS "to"`,
    values: [what, days],
  });
}

async function moveOn(client: pg.PoolClient, what: string, upTo: string): Promise<void> {
  await client.query(
    `INSERT INTO retention (what, forgotten_to) VALUES ($1, $2)
     ON CONFLICT (what) DO UPDATE SET forgotten_to = excluded.forgotten_to`,
    [what, upTo],
  );
}

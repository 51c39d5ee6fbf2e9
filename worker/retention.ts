import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { stepAside } from '#core/admission/step-aside.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import { forgetOnce, type Kept } from '#core/retention/forget.ts';

/** Milliseconds between two looks when nothing was to be forgotten. */
export const FORGET_EVERY = MINUTE;

/** So long deliveries go first before each batch: under a load that never ends, still more than one batch a second goes. */
const ASIDE = SECOND / 2;

const NEVER = new AbortController().signal;

/**
 * Forgets a batch of what has been kept for long enough, and returns how many rows it looked at. Nobody waits for it:
 * deliveries go first, and it rests for as long as it worked, so that catching up after months takes half a core of
 * Postgres at most.
 */
export async function forgetAside(pool: pg.Pool, kept: Kept): Promise<number> {
  await stepAside(pool, { patienceMs: ASIDE, signal: NEVER });
  const begun = performance.now();
  const rows = await forgetOnce(pool, kept);
  if (rows > 0) await wait(Math.min(performance.now() - begun, SECOND));
  return rows;
}

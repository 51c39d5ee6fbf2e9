import type pg from 'pg';
import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import { readRow } from '#core/rows.ts';
import { until } from '#dev/ports.ts';
import { median, sumOf } from '#lab/harness/statistics.ts';

/** How fast a load was served. */
export type Speed = {
  seconds: number;
  /** Tweets accepted, a second. */
  posts: number;
  /** Followers delivered to, or counted as cold, a second. */
  deliveries: number;
  /** Milliseconds from acceptance to the last delivery. */
  p50Ms: number;
  p95Ms: number;
};

type Mark = { at: number; done: number };

/** Notes how much has been delivered so far. */
export async function takeMark(pool: pg.Pool): Promise<Mark> {
  const { done } = await readRow(pool, z.object({ done: z.int() }), { text: 'SELECT done FROM backlog' });
  return { at: performance.now(), done };
}

const PATIENCE = 10 * SECOND; // the connection may be on its way back from the last fault

const served = z.object({ count: z.int(), p50: z.number(), p95: z.number() });

/** What was delivered since the mark, of tweets accepted since then. */
export async function speedBetween(pool: pg.Pool, mark: Mark, since: Date): Promise<Speed> {
  const { at, done } = await until(() => takeMark(pool), PATIENCE);
  const { count, p50, p95 } = await readRow(pool, served, {
    text: `
      SELECT count(*)::int AS count,
        coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE expected > 0), 0) AS p50,
        coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY ms) FILTER (WHERE expected > 0), 0) AS p95
      FROM (
        SELECT expected, extract(epoch FROM finished_at - accepted_at)::float8 * 1000 AS ms
        FROM fan_out WHERE accepted_at >= $1
      ) accepted`,
    values: [since],
  });
  const seconds = (at - mark.at) / 1_000;
  return {
    ...{ seconds, posts: count / seconds, deliveries: (done - mark.done) / seconds },
    ...{ p50Ms: p50, p95Ms: p95 },
  };
}

/** Several rounds as one: rates by their time, latencies as the median of the rounds. */
export function overall(speeds: Speed[]): Speed {
  const seconds = sumOf(speeds, (speed) => speed.seconds);
  const rate = (of: (speed: Speed) => number) =>
    sumOf(speeds, (speed) => of(speed) * speed.seconds) / seconds;
  return {
    seconds,
    posts: rate((speed) => speed.posts),
    deliveries: rate((speed) => speed.deliveries),
    p50Ms: median(speeds.map((speed) => speed.p50Ms)),
    p95Ms: median(speeds.map((speed) => speed.p95Ms)),
  };
}

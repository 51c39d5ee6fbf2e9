import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';

/** Percentiles in milliseconds. */
export type Percentiles = { p50: number; p95: number; p99: number };

/** How long the deliveries of a window took. Each delivery counts, so that a large chunk weighs more than a small one. */
export type Waits = {
  /** Deliveries done. */
  deliveries: number;
  /** From acceptance to the ledger's row, in seconds (W); null when nothing was done. */
  meanS: number | null;
  /** From acceptance until a worker took the chunk. */
  wait: Percentiles | null;
  /** From there to the ledger's row. */
  run: Percentiles | null;
};

const finishedChunk = z.object({ expected: z.int(), waitMs: z.number(), runMs: z.number() });
type FinishedChunk = z.infer<typeof finishedChunk>;

/** Reads the waits of the chunks that all workers have finished within the last `windowS` seconds. */
export async function readWaits(pool: Pick<pg.Pool, 'query'>, windowS: number): Promise<Waits> {
  return waitsOf(await readRows(pool, finishedChunk, { text: FINISHED, values: [windowS] }));
}

/**
 * Finds chunks by their fan-outs, which have indexes for this: the unfinished ones, and those that ended in the window. A
 * thousand chunks take about 1 ms.
 */
const FINISHED = `
  WITH clock AS (SELECT clock_timestamp() - $1 * interval '1 s' AS since),
  recent AS (
    SELECT tweet_id, accepted_at FROM fan_out WHERE finished_at IS NULL
    UNION ALL
    SELECT tweet_id, accepted_at FROM fan_out, clock
    WHERE finished_at > since
  )
  SELECT c.expected,
    (extract(epoch FROM c.started_at - f.accepted_at) * 1000)::float8 AS "waitMs",
    (extract(epoch FROM c.finished_at - c.started_at) * 1000)::float8 AS "runMs"
  FROM clock, recent f JOIN chunk c ON c.tweet_id = f.tweet_id
  WHERE c.state = 'delivered' AND c.finished_at > clock.since`;

/** The waits of these finished chunks. */
export function waitsOf(chunks: readonly FinishedChunk[]): Waits {
  const deliveries = chunks.reduce((sum, { expected }) => sum + expected, 0);
  if (deliveries === 0) return { deliveries, meanS: null, wait: null, run: null };
  const total = chunks.reduce((sum, { expected, waitMs, runMs }) => sum + expected * (waitMs + runMs), 0);
  const weighted = (pick: (chunk: FinishedChunk) => number) =>
    percentilesOf(chunks.map((chunk) => ({ value: pick(chunk), weight: chunk.expected })));
  return {
    deliveries,
    meanS: total / deliveries / 1_000,
    wait: weighted((chunk) => chunk.waitMs),
    run: weighted((chunk) => chunk.runMs),
  };
}

export type Weighted = { value: number; weight: number };

/** The smallest value below or at which so many percent of the weight lie. Throws when there is none. */
export function weightedPercentile(values: readonly Weighted[], percent: number): number {
  const sorted = [...values].sort((a, b) => a.value - b.value);
  const wanted = (sorted.reduce((sum, { weight }) => sum + weight, 0) * percent) / 100;
  let reached = 0;
  for (const { value, weight } of sorted) {
    reached += weight;
    if (reached >= wanted) return value;
  }
  throw new RangeError('Expected at least one value, got none');
}

function percentilesOf(values: Weighted[]): Percentiles {
  return {
    p50: weightedPercentile(values, 50),
    p95: weightedPercentile(values, 95),
    p99: weightedPercentile(values, 99),
  };
}

import type pg from 'pg';
import { z } from 'zod';
import { costOfDone, takenBy } from '#core/admission/admission.ts';
import { THE_ROW } from '#core/admission/backlog.ts';
import { PAUSE_COLUMNS } from '#core/admission/pause.ts';
import { readRow } from '#core/rows.ts';

/**
 * The backlog at one moment. `at` is in seconds of Postgres' clock. `backlog` and `done` are deliveries, `fanOuts` those not
 * finished and `fanOutsDone` those finished; what is done is counted since the beginning.
 */
export type FlowSample = { at: number; backlog: number; done: number; fanOuts: number; fanOutsDone: number };

const measuredSample = z.object({
  at: z.number(),
  backlog: z.number(),
  done: z.number(),
  fanOuts: z.number(),
  fanOutsDone: z.number(),
  rate: z.number(),
  deviation: z.number(),
  paused: z.boolean(),
  since: z.string(),
});

/** A sample with the measured service rate that admission rests on, and the pause. */
export type MeasuredSample = z.infer<typeof measuredSample>;

/** Reads one sample. It is one row, so that its figures belong to one moment. */
export const readFlowSample = (pool: Pick<pg.Pool, 'query'>): Promise<MeasuredSample> =>
  readRow(pool, measuredSample, {
    text: `SELECT extract(epoch FROM clock_timestamp())::float8 AS at, deliveries AS backlog, done,
        fan_outs AS "fanOuts", fan_outs_done AS "fanOutsDone", rate, rate_deviation AS deviation, ${PAUSE_COLUMNS}
      FROM backlog WHERE ${THE_ROW}`,
  });

/** How deliveries came and went between the first and the last of some samples. */
export type Flow = {
  /** Seconds from the first sample to the last. */
  spanS: number;
  /** Deliveries promised a second (λ), less those that were cancelled or given up. */
  arrivals: number;
  /** Deliveries done a second (μ). */
  completions: number;
  /** Cost done a second, in deliveries: the deliveries, and what finished fan-outs cost beside them. */
  costDone: number;
  /** By how much a second the taken part of the bound grew, in deliveries. */
  takenGrowth: number;
  /** The backlog, averaged over time (L). */
  meanBacklog: number;
  /** The backlog's mean in each third of the time, the oldest first. They show whether it goes one way. */
  thirds: [number, number, number];
};

/**
 * Measures the flow over samples, which are in the order of their times. Arrivals are completions plus the growth of the
 * backlog. So two numbers of one row tell both rates for all processes. Null with fewer than two moments.
 */
export function flowOf(samples: readonly FlowSample[]): Flow | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.at <= first.at) return null;
  const spanS = last.at - first.at;
  const completions = (last.done - first.done) / spanS;
  const third = (n: number) =>
    meanBetween(samples, first.at + (n * spanS) / 3, first.at + ((n + 1) * spanS) / 3);
  return {
    spanS,
    completions,
    costDone: (costOfDone(last) - costOfDone(first)) / spanS,
    takenGrowth: (taken(last) - taken(first)) / spanS,
    arrivals: completions + (last.backlog - first.backlog) / spanS,
    meanBacklog: meanBetween(samples, first.at, last.at),
    thirds: [third(0), third(1), third(2)],
  };
}

const taken = ({ backlog, fanOuts }: FlowSample) => takenBy({ deliveries: backlog, fanOuts });

/** The samples of the last `windowS` seconds, and the one before them, so that the window is covered from its start. */
export function lately<S extends { at: number }>(samples: readonly S[], windowS: number): S[] {
  const since = (samples.at(-1)?.at ?? 0) - windowS;
  const inside = samples.findIndex(({ at }) => at > since);
  return inside < 0 ? [] : samples.slice(Math.max(0, inside - 1));
}

/** The mean over time, by trapezoids: samples need not come at even times. */
function meanBetween(samples: readonly FlowSample[], from: number, to: number): number {
  let area = 0;
  for (const [index, right] of samples.entries()) {
    const left = samples[index - 1];
    if (!left) continue;
    const [start, end] = [Math.max(left.at, from), Math.min(right.at, to)];
    if (end > start) area += ((valueAt(left, right, start) + valueAt(left, right, end)) / 2) * (end - start);
  }
  return area / (to - from);
}

function valueAt(left: FlowSample, right: FlowSample, at: number): number {
  return left.backlog + ((right.backlog - left.backlog) * (at - left.at)) / (right.at - left.at);
}

import type pg from 'pg';
import type { MeasuredRate } from '#core/admission/admission.ts';
import type { FlowSample } from '#core/admission/flow.ts';
import { PAUSE_COLUMNS, type Pause } from '#core/admission/pause.ts';

/** A sample of the flow with the measured service rate that admission rests on, and the pause. */
export type MeasuredSample = FlowSample & Required<MeasuredRate> & Pause;

/** Reads one sample: one row, so that its figures are of the same moment. */
export async function readFlowSample(pool: Pick<pg.Pool, 'query'>): Promise<MeasuredSample> {
  const { rows } = await pool.query<MeasuredSample>(
    `SELECT extract(epoch FROM clock_timestamp())::float8 AS at, deliveries AS backlog, done, rate,
       rate_deviation AS deviation,
       ${PAUSE_COLUMNS}
     FROM backlog`,
  );
  if (!rows[0]) throw new Error('Expected one row in backlog, got none: run the migrations');
  return rows[0];
}

import type pg from 'pg';
import type { Backlog } from '#core/admission/admission.ts';

type Queryable = Pick<pg.Pool, 'query'>;

/** Reads the backlog. Within a transaction that promised deliveries it holds them already, and nobody else's follow. */
export async function readBacklog(client: Queryable): Promise<Backlog> {
  const { rows } = await client.query<Backlog>('SELECT deliveries, rate, paused FROM backlog');
  if (!rows[0]) throw new Error('Expected one row in backlog, got none: run the migrations');
  return rows[0];
}

/** Milliseconds between two samples of the service rate. */
export const SAMPLE_EVERY = 500;

/** Deliveries waiting that keep all workers busy; a rate measured with less says how much came, not how much can go. */
const SATURATED = 50_000;

/**
 * Takes one sample of the service rate: deliveries done since the last one, if there was enough to do at both ends and no pause.
 * Any number of workers may call this; one sample is taken a period. Returns 0: there is never more to do at once.
 */
export async function sampleRate(pool: pg.Pool): Promise<number> {
  await pool.query(
    `UPDATE backlog SET
       rate = CASE WHEN paused OR least(deliveries, sampled_deliveries) < $2 THEN rate
         WHEN rate = 0 THEN measured ELSE 0.7 * rate + 0.3 * measured END,
       sampled_at = now, sampled_done = done, sampled_deliveries = deliveries
     FROM (SELECT clock_timestamp() AS now) clock, LATERAL (
       SELECT (b.done - b.sampled_done) / extract(epoch FROM now - b.sampled_at) AS measured FROM backlog b
     ) sample
     WHERE sampled_at < now - $1 * interval '0.9 ms'`,
    [SAMPLE_EVERY, SATURATED],
  );
  return 0;
}

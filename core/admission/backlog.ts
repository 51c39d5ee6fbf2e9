import type pg from 'pg';
import { z } from 'zod';
import { type Backlog, FAN_OUT_COST } from '#core/admission/admission.ts';
import { SECOND } from '#core/durations.ts';
import { readRow } from '#core/rows.ts';

/** The columns of the backlog's row that make a {@link Backlog}. */
export const BACKLOG_COLUMNS = 'deliveries, fan_outs AS "fanOuts", rate, rate_deviation AS deviation, paused';

const backlog = z.object({
  deliveries: z.number(),
  fanOuts: z.number(),
  rate: z.number(),
  deviation: z.number(),
  paused: z.boolean(),
}) satisfies z.ZodType<Backlog>;

/** Reads the backlog. Within a transaction that has promised deliveries these are counted, and no other can be added. */
export const readBacklog = (client: Pick<pg.Pool, 'query'>): Promise<Backlog> =>
  readRow(client, backlog, { text: `SELECT ${BACKLOG_COLUMNS} FROM backlog` });

/** Milliseconds between two samples of the service rate. */
export const SAMPLE_EVERY = SECOND / 2;

/**
 * Deliveries waiting that keep all workers busy, or so many fan-outs, of which a worker takes some 64 at once; a rate
 * measured with less says how much came, not how much can go.
 */
const SATURATED = { deliveries: 50_000, fanOuts: 1_000 };

/** The weight of the newest sample in the rate, and in its deviation: half of a change shows within a second. */
const RATE_SHARE = 0.3;
const DEVIATION_SHARE = 0.25;

/**
 * Takes one sample of the service rate: the cost of what was done since the last one, if there was enough to do at both
 * ends and no pause. So tweets to twelve and a tweet to a million measure about the same. Rate and mean deviation are
 * moving means, as in RFC 6298. The row is locked before the clock is read: otherwise the deliveries done while this waits
 * for the lock would be missing in the sample. Any number of workers may call this; one sample is taken in each period.
 * Returns 0: there is never more to do at once.
 *
 * Two samples show more than they seem to. When nothing at all was done, a server is away: the bound of such a rate would
 * shut everybody out long after it is back. When more was done than was believed, the machine can do that, however little
 * waited: a rate that a bad hour has left too low rises again, although its own bound lets too little in to saturate
 * anybody.
 */
export async function sampleRate(pool: pg.Pool): Promise<number> {
  await pool.query(
    `UPDATE backlog SET
       rate = CASE WHEN useless THEN rate WHEN rate = 0 THEN measured
         ELSE rate + $3 * (measured - rate) END,
       rate_deviation = CASE WHEN useless THEN rate_deviation WHEN rate = 0 THEN measured / 2
         ELSE rate_deviation + $4 * (abs(measured - rate) - rate_deviation) END,
       sampled_at = at, sampled_done = sample.done, sampled_deliveries = sample.deliveries,
       sampled_fan_outs_done = sample.fan_outs_done, sampled_fan_outs = sample.fan_outs
     FROM (
       SELECT *, paused OR measured = 0 OR (NOT saturated AND (believed = 0 OR measured <= believed)) AS useless
       FROM (
         SELECT id, done, deliveries, fan_outs, fan_outs_done, paused, rate AS believed, clock_timestamp() AS at,
           (done - sampled_done + $5 * (fan_outs_done - sampled_fan_outs_done))
             / extract(epoch FROM clock_timestamp() - sampled_at)::float8 AS measured,
           least(deliveries, sampled_deliveries) >= $2 OR least(fan_outs, sampled_fan_outs) >= $6 AS saturated
         FROM backlog WHERE sampled_at < clock_timestamp() - $1 * interval '0.9 ms' FOR UPDATE
       ) locked
     ) sample
     WHERE backlog.id = sample.id`,
    [
      ...[SAMPLE_EVERY, SATURATED.deliveries, RATE_SHARE, DEVIATION_SHARE],
      ...[FAN_OUT_COST, SATURATED.fanOuts],
    ],
  );
  return 0;
}

/** Fan-outs that are accepted and not finished. */
export async function countUnfinished(pool: pg.Pool): Promise<number> {
  const { count } = await readRow(pool, z.object({ count: z.int() }), {
    text: 'SELECT count(*)::int AS count FROM fan_out WHERE finished_at IS NULL',
  });
  return count;
}

import type pg from 'pg';
import { z } from 'zod';
import { ASSUMED_RATE, type Backlog } from '#core/admission/admission.ts';
import { FAN_OUT_COST } from '#core/admission/fan-out-cost.ts';
import { SECOND } from '#core/durations.ts';
import { readRow } from '#core/rows.ts';

/**
 * SQL that finds the backlog's row, in this form and no other (see the migration backlog_turns): while somebody holds an old
 * snapshot, thousands of its versions cannot be cleared, and only those of the newest turn are passed over.
 */
export const THE_ROW = 'turn >= (SELECT max(turn) FROM backlog)';

/** The columns of the backlog's row that make a {@link Backlog}. */
const BACKLOG_COLUMNS = 'deliveries, fan_outs AS "fanOuts", rate, rate_deviation AS deviation, paused';

const backlog = z.object({
  deliveries: z.number(),
  fanOuts: z.number(),
  rate: z.number(),
  deviation: z.number(),
  paused: z.boolean(),
}) satisfies z.ZodType<Backlog>;

/** Reads the backlog. A transaction that has promised deliveries sees its own, and no others are added until it ends. */
export const readBacklog = (client: Pick<pg.Pool, 'query'>): Promise<Backlog> =>
  readRow(client, backlog, { text: `SELECT ${BACKLOG_COLUMNS} FROM backlog WHERE ${THE_ROW}` });

/** Milliseconds between two samples of the service rate. */
export const SAMPLE_EVERY = SECOND / 2;

/**
 * What keeps all workers busy: so many waiting deliveries, or work for so many seconds at the present rate. The latter is for
 * a slow store and a short promise, which let little gather. It has to cost as much as the 64 small fan-outs that a worker takes
 * at once. With less work, a sample says how much came and not how much can be done.
 */
export const SATURATED = { deliveries: 50_000, seconds: 0.25, leastCost: 64 * FAN_OUT_COST };

/** The weight of the newest sample in the rate. With it, half of a change shows within a second. */
export const RATE_SHARE = 0.3;
/** And in the rate's deviation. */
export const DEVIATION_SHARE = 0.25;

/**
 * Takes one sample of the service rate: the cost of what was done since the last sample, if there was enough to do at both
 * times and no pause. Because it counts cost, tweets to twelve and a tweet to a million measure about the same. Rate and
 * mean deviation are moving means, as in RFC 6298. The row is locked before the clock is read. Otherwise the deliveries that
 * are done while this waits for the lock would be missing in the sample. Any number of workers may call this, and one
 * sample is taken in each period. Returns 0, because there is never more to do at once.
 *
 * Two kinds of samples are special. When nothing was done, a server is away, and the sample is ignored: its rate would shut
 * everybody out long after the server is back. When more was done than the rate says, the sample counts, however little
 * waited: the machine can do that. So a rate that a bad hour has left too low rises again, although its bound lets too few
 * in to keep the workers busy.
 */
export async function sampleRate(pool: pg.Pool): Promise<number> {
  await pool.query(
    `UPDATE backlog SET
       rate = CASE WHEN useless THEN rate WHEN rate = 0 THEN measured
         ELSE rate + $3 * (measured - rate) END,
       rate_deviation = CASE WHEN useless THEN rate_deviation WHEN rate = 0 THEN measured / 2
         ELSE rate_deviation + $4 * (abs(measured - rate) - rate_deviation) END,
       turn = turn + 1, sampled_at = at, sampled_done = sample.done, sampled_deliveries = sample.deliveries,
       sampled_fan_outs_done = sample.fan_outs_done, sampled_fan_outs = sample.fan_outs
     FROM (
       SELECT *, paused OR measured = 0 OR (NOT saturated AND (believed = 0 OR measured <= believed)) AS useless
       FROM (
         SELECT done, deliveries, fan_outs, fan_outs_done, paused, rate AS believed, clock_timestamp() AS at,
           (done - sampled_done + $5 * (fan_outs_done - sampled_fan_outs_done))
             / extract(epoch FROM clock_timestamp() - sampled_at)::float8 AS measured,
           least(deliveries, sampled_deliveries) >= $2
             OR least(deliveries + $5 * fan_outs, sampled_deliveries + $5 * sampled_fan_outs)
               >= greatest($6 * CASE WHEN rate = 0 THEN $7 ELSE rate END, $8) AS saturated
         FROM backlog WHERE ${THE_ROW} AND sampled_at < clock_timestamp() - $1 * interval '0.9 ms' FOR UPDATE
       ) locked
     ) sample
     WHERE ${THE_ROW}`,
    [
      ...[SAMPLE_EVERY, SATURATED.deliveries, RATE_SHARE, DEVIATION_SHARE],
      ...[FAN_OUT_COST, SATURATED.seconds, ASSUMED_RATE, SATURATED.leastCost],
    ],
  );
  return 0;
}

/** Counts fan-outs that are accepted and not finished. */
export async function countUnfinished(pool: pg.Pool): Promise<number> {
  const { count } = await readRow(pool, z.object({ count: z.int() }), {
    text: 'SELECT count(*)::int AS count FROM fan_out WHERE finished_at IS NULL',
  });
  return count;
}

import type pg from 'pg';

/** A chunk that a worker took and that is not done. */
export type LaneWork = { tweetId: number; number: number; expected: number; ms: number; attempts: number };

/** One worker process: what it does now. `alive` is false when it took chunks and has not reported for 5 s. */
export type WorkerLane = { worker: string; alive: boolean; doing: LaneWork[] };

type Row = { worker: string; alive: boolean } & { [K in keyof LaneWork]: LaneWork[K] | null };

/** Chunks listed; a dead worker leaves a few, a lane that is shown is not longer. */
const LISTED = 200;

/** The workers that report, and those that do not and still hold chunks, by name. */
export async function readLanes(pool: Pick<pg.Pool, 'query'>): Promise<WorkerLane[]> {
  const { rows } = await pool.query<Row>(
    `WITH alive AS (SELECT name FROM worker WHERE seen_at > clock_timestamp() - interval '5 seconds'),
     doing AS (
       SELECT c.worker, c.tweet_id, c.number, c.expected, c.attempts,
         (extract(epoch FROM clock_timestamp() - c.started_at) * 1000)::float8 AS ms
       FROM fan_out f JOIN chunk c ON c.tweet_id = f.tweet_id
       WHERE f.finished_at IS NULL AND c.state = 'waiting' AND c.started_at IS NOT NULL
       LIMIT $1
     )
     SELECT coalesce(a.name, d.worker) AS worker, a.name IS NOT NULL AS alive,
       d.tweet_id AS "tweetId", d.number, d.expected, d.ms, d.attempts
     FROM alive a FULL JOIN doing d ON d.worker = a.name ORDER BY 1, d.ms DESC`,
    [LISTED],
  );
  const lanes = new Map<string, WorkerLane>();
  for (const { worker, alive, ...work } of rows) {
    const lane = lanes.get(worker) ?? { worker, alive, doing: [] };
    lanes.set(worker, lane);
    if (isWork(work)) lane.doing.push(work);
  }
  return [...lanes.values()];
}

const isWork = (work: { [K in keyof LaneWork]: LaneWork[K] | null }): work is LaneWork =>
  work.tweetId !== null;

/** Milliseconds since the acceptance of the oldest fan-out that is not finished; null when all are. */
export async function readOldestWaiting(pool: Pick<pg.Pool, 'query'>): Promise<number | null> {
  const { rows } = await pool.query<{ ms: number | null }>(
    `SELECT (extract(epoch FROM clock_timestamp() - min(accepted_at)) * 1000)::float8 AS ms
     FROM fan_out WHERE finished_at IS NULL`,
  );
  return rows[0]?.ms ?? null;
}

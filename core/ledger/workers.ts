import type pg from 'pg';
import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import { readRow, readRows } from '#core/rows.ts';

/** Milliseconds between a worker's reports. */
export const REPORT_EVERY = 2 * SECOND;

/** A worker says that it lives. */
export async function reportWorker(pool: pg.Pool, name: string): Promise<void> {
  await pool.query(
    `INSERT INTO worker (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET seen_at = clock_timestamp()`,
    [name],
  );
}

/** Removes the name of a worker that stops. */
export async function forgetWorker(pool: pg.Pool, name: string): Promise<void> {
  await pool.query('DELETE FROM worker WHERE name = $1', [name]);
}

/** Workers that reported within the last five seconds. */
export async function countWorkers(pool: pg.Pool): Promise<number> {
  const { count } = await readRow(pool, z.object({ count: z.int() }), {
    text: `SELECT count(*)::int AS count FROM worker WHERE seen_at > clock_timestamp() - interval '5 seconds'`,
  });
  return count;
}

/** A chunk that a worker has taken and not finished. */
export type ChunkInHand = { tweetId: number; number: number; expected: number; ms: number; attempts: number };

/** One worker process: what it does now. `alive` is false when it took chunks and has not reported for 5 s. */
export type WorkerActivity = { worker: string; alive: boolean; doing: ChunkInHand[] };

const activity = z.object({
  worker: z.string(),
  alive: z.boolean(),
  /** Null for a worker that holds no chunk. */
  chunk: z
    .object({ tweetId: z.int(), number: z.int(), expected: z.int(), ms: z.number(), attempts: z.int() })
    .nullable(),
});

/** At most so many chunks are listed: a dead worker leaves a few, and no list on a screen is longer. */
const LISTED = 200;

/** Workers that report, and workers that do not but still hold chunks, by name. Of each, the oldest chunk comes first. */
export async function readActivity(pool: Pick<pg.Pool, 'query'>): Promise<WorkerActivity[]> {
  const rows = await readRows(pool, activity, {
    text: `
      WITH alive AS (SELECT name FROM worker WHERE seen_at > clock_timestamp() - interval '5 seconds'),
      doing AS (
        SELECT c.worker, c.tweet_id, c.number, c.expected, c.attempts,
          (extract(epoch FROM clock_timestamp() - c.started_at) * 1000)::float8 AS ms
        FROM fan_out f JOIN chunk c ON c.tweet_id = f.tweet_id
        WHERE f.finished_at IS NULL AND c.state = 'waiting' AND c.started_at IS NOT NULL
        LIMIT $1
      )
      SELECT coalesce(a.name, d.worker) AS worker, a.name IS NOT NULL AS alive,
        CASE WHEN d.tweet_id IS NOT NULL THEN json_build_object(
          'tweetId', d.tweet_id, 'number', d.number, 'expected', d.expected, 'ms', d.ms, 'attempts', d.attempts
        ) END AS chunk
      FROM alive a FULL JOIN doing d ON d.worker = a.name ORDER BY 1, d.ms DESC`,
    values: [LISTED],
  });
  const workers = new Map<string, WorkerActivity>();
  for (const { worker, alive, chunk } of rows) {
    const known = workers.get(worker) ?? { worker, alive, doing: [] };
    workers.set(worker, known);
    if (chunk) known.doing.push(chunk);
  }
  return [...workers.values()];
}

/** Milliseconds since the acceptance of the oldest fan-out that is not finished; null when all are. */
export async function readOldestWaiting(pool: Pick<pg.Pool, 'query'>): Promise<number | null> {
  const { ms } = await readRow(pool, z.object({ ms: z.number().nullable() }), {
    text: `
      SELECT (extract(epoch FROM clock_timestamp() - min(accepted_at)) * 1000)::float8 AS ms
      FROM fan_out WHERE finished_at IS NULL`,
  });
  return ms;
}

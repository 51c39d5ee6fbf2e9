import type pg from 'pg';

/** Milliseconds between a worker's reports. */
export const REPORT_EVERY = 2_000;

/** A worker says that it lives. */
export async function reportWorker(pool: pg.Pool, name: string): Promise<void> {
  await pool.query(
    `INSERT INTO worker (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET seen_at = clock_timestamp()`,
    [name],
  );
}

/** A worker that stops takes its name out. */
export async function forgetWorker(pool: pg.Pool, name: string): Promise<void> {
  await pool.query('DELETE FROM worker WHERE name = $1', [name]);
}

/** Workers that reported within the last five seconds. */
export async function countWorkers(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM worker WHERE seen_at > clock_timestamp() - interval '5 seconds'`,
  );
  return rows[0]?.count ?? 0;
}

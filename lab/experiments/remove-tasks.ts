import type pg from 'pg';

/** Removes tasks that an experiment has asked for, with their members. They are over, or nobody wants them any more. */
export async function removeTasks(pool: pg.Pool, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  await pool.query('DELETE FROM task WHERE parent_id = ANY($1)', [ids]);
  await pool.query('DELETE FROM task WHERE id = ANY($1)', [ids]);
}

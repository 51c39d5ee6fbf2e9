import type pg from 'pg';
import type { TaskRef } from '#core/tasks/claim.ts';

export type PutOff = {
  delayMs: number;
  /** What is shown while the task waits; null for nothing. */
  reason: string | null;
};

/** Lets a task wait without counting a failure, because what it needs is away or full. */
export async function putOffTask(pool: pg.Pool, ref: TaskRef, { delayMs, reason }: PutOff): Promise<void> {
  await pool.query(
    `UPDATE task SET state = 'waiting', error = $4, published_at = NULL, slot_at = NULL,
       due_at = clock_timestamp() + $3 * interval '1 ms', leased_until = clock_timestamp() + $3 * interval '1 ms'
     WHERE id = $1 AND token = $2 AND state = 'running'`,
    [ref.id, ref.token, delayMs, reason?.replaceAll('\0', '').slice(0, 500) ?? null],
  );
}

/** Gives back a task that was claimed and not begun. It is due at once, for another worker. */
export async function giveBackTask(pool: pg.Pool, { id, token }: TaskRef): Promise<void> {
  await pool.query(
    `UPDATE task SET state = 'waiting', attempts = attempts - 1, published_at = NULL,
       leased_until = clock_timestamp()
     WHERE id = $1 AND token = $2 AND state = 'running'`,
    [id, token],
  );
}

/** Gives back the tasks that a worker has begun and that stops now. They are due at once, for another worker. */
export async function handBackTasks(pool: pg.Pool, refs: TaskRef[]): Promise<void> {
  await pool.query(
    `UPDATE task t SET state = 'waiting', published_at = NULL, leased_until = clock_timestamp()
     FROM unnest($1::bigint[], $2::int[]) AS h (id, token)
     WHERE t.id = h.id AND t.token = h.token AND t.state = 'running'`,
    [refs.map(({ id }) => id), refs.map(({ token }) => token)],
  );
}

import type pg from 'pg';
import { isoUtc } from '#core/iso-utc.ts';
import type { Queryable } from '#core/tasks/task.ts';

/** A task that was given up. Compositions are not among them: their members are. */
export type DeadTask = {
  id: number;
  kind: string;
  /** Who asked; null when the system itself did. */
  handle: string | null;
  error: string;
  /** Times it was run. */
  attempts: number;
  /** ISO 8601 UTC. */
  failedAt: string;
};

/** Which dead tasks: one, those that died of one error, or all. */
export type DeadTasks = { id?: number | undefined; error?: string | undefined };

const DEAD = `t.state = 'failed' AND t.children = 0`;
const MEANT = `${DEAD} AND ($1::bigint IS NULL OR t.id = $1) AND ($2::text IS NULL OR coalesce(t.error, '') = $2)`;
const valuesOf = ({ id, error }: DeadTasks) => [id ?? null, error ?? null];

/** The newest of them. */
export async function readDeadTasks(client: Queryable, limit: number): Promise<DeadTask[]> {
  const { rows } = await client.query<DeadTask>(
    `SELECT t.id, t.kind, u.handle, coalesce(t.error, '') AS error, t.attempts,
       ${isoUtc('t.finished_at')} AS "failedAt"
     FROM task t LEFT JOIN "user" u ON u.id = t.account_id WHERE ${DEAD} ORDER BY t.id DESC LIMIT $1`,
    [limit],
  );
  return rows;
}

/** Their ids, at most `limit`, the oldest first. */
export async function findDeadTasks(client: Queryable, meant: DeadTasks, limit: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT t.id FROM task t WHERE ${MEANT} ORDER BY t.id LIMIT $3`,
    [...valuesOf(meant), limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * Gives them up for good: they stand in the ledger as cancelled, with their error, until their time to be kept is over.
 * Returns who asked for them. A composition stays failed.
 */
export async function discardDeadTasks(pool: pg.Pool, meant: DeadTasks): Promise<(number | null)[]> {
  const { rows } = await pool.query<{ accountId: number | null }>(
    `UPDATE task t SET state = 'cancelled' WHERE ${MEANT} RETURNING t.account_id AS "accountId"`,
    valuesOf(meant),
  );
  return rows.map(({ accountId }) => accountId);
}

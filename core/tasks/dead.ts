import type pg from 'pg';
import { z } from 'zod';
import { isoUtc } from '#core/iso-utc.ts';
import { idRow, readRows } from '#core/rows.ts';
import type { Queryable } from '#core/tasks/task.ts';

/** A task that was given up. A composition is never one of them, but its members are. */
const deadTask = z.object({
  id: z.number(),
  kind: z.string(),
  /** Who asked; null when the system itself did. */
  handle: z.string().nullable(),
  error: z.string(),
  /** How often it was run. */
  attempts: z.number(),
  /** ISO 8601 UTC. */
  failedAt: z.string(),
});
export type DeadTask = z.infer<typeof deadTask>;

/** Which dead tasks: one, those that died of one error, or all. */
export type DeadTasks = { id?: number | undefined; error?: string | undefined };

/**
 * This is SQL because the state must be written into the statement: then Postgres uses the index that holds failed tasks
 * alone. Prisma sends the state as a parameter and casts it, and Postgres would read every task that is kept.
 */
const DEAD = `t.state = 'failed' AND t.children = 0`;
const MEANT = `${DEAD} AND ($1::bigint IS NULL OR t.id = $1) AND ($2::text IS NULL OR coalesce(t.error, '') = $2)`;
const valuesOf = ({ id, error }: DeadTasks) => [id ?? null, error ?? null];

/** The newest dead tasks. */
export function readDeadTasks(client: Queryable, limit: number): Promise<DeadTask[]> {
  return readRows(client, deadTask, {
    text: `
      SELECT t.id, t.kind, u.handle, coalesce(t.error, '') AS error, t.attempts,
        ${isoUtc('t.finished_at')} AS "failedAt"
      FROM task t LEFT JOIN "user" u ON u.id = t.account_id WHERE ${DEAD} ORDER BY t.id DESC LIMIT $1`,
    values: [limit],
  });
}

/** The ids of dead tasks, at most `limit`, the oldest first. */
export async function findDeadTasks(client: Queryable, meant: DeadTasks, limit: number): Promise<number[]> {
  const rows = await readRows(client, idRow, {
    text: `SELECT t.id FROM task t WHERE ${MEANT} ORDER BY t.id LIMIT $3`,
    values: [...valuesOf(meant), limit],
  });
  return rows.map(({ id }) => id);
}

/**
 * Gives dead tasks up for good. They stay in the ledger as cancelled, with their error, until they expire. A composition
 * stays failed. Returns who asked for them.
 */
export async function discardDeadTasks(pool: pg.Pool, meant: DeadTasks): Promise<(number | null)[]> {
  const rows = await readRows(pool, z.object({ accountId: z.number().nullable() }), {
    text: `
      UPDATE task t SET state = 'cancelled',
        expires_at = CASE WHEN expires_at IS NOT NULL THEN least(expires_at, clock_timestamp() + interval '1 day') END
      WHERE ${MEANT} RETURNING t.account_id AS "accountId"`,
    values: valuesOf(meant),
  });
  return rows.map(({ accountId }) => accountId);
}

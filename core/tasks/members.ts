import type pg from 'pg';
import { z } from 'zod';
import { transaction } from '#core/postgres.ts';
import { readRows } from '#core/rows.ts';
import { closeStep } from '#core/tasks/steps.ts';
import { type Queryable, TASK_STATES } from '#core/tasks/task.ts';

/** A task that a statement has just changed, and its state now. */
export const ended = z.object({
  id: z.number(),
  parentId: z.number().nullable(),
  state: z.enum(TASK_STATES),
});
export type Ended = z.infer<typeof ended>;

/** The compositions that these tasks are members of, each once. */
export function parentsOf(tasks: { parentId: number | null }[]): number[] {
  return [...new Set(tasks.flatMap(({ parentId }) => parentId ?? []))];
}

/**
 * Runs `end`, which ends members of these compositions; counts those members; and moves on every composition whose step is
 * complete. All of it is one transaction. Compositions are locked before members and in the order of their ids. Everybody
 * who needs both locks in this order, so that nobody waits in a circle. Without compositions `end` runs alone.
 */
export async function endMembers(
  pool: pg.Pool,
  parentIds: number[],
  end: (client: Queryable) => Promise<Ended[]>,
): Promise<{ ended: Ended[]; released: number[] }> {
  if (parentIds.length === 0) return { ended: await end(pool), released: [] };
  return transaction(pool, async (client) => {
    await lockTasks(client, parentIds);
    const ended = await end(client);
    return { ended, released: await countEnded(client, ended) };
  });
}

/** Locks these rows in the order of their ids. */
export async function lockTasks(client: Queryable, ids: number[]): Promise<void> {
  await client.query('SELECT id FROM task WHERE id = ANY($1) ORDER BY id FOR UPDATE', [ids]);
}

/** Counts members that have ended in their compositions. Returns the members of next steps that may start now. */
export async function countEnded(client: Queryable, ended: Ended[]): Promise<number[]> {
  const released: number[] = [];
  for (const parentId of parentsOf(ended)) {
    const mine = ended.filter((task) => task.parentId === parentId);
    const done = mine.filter(({ state }) => state === 'succeeded').length;
    const failed = mine.filter(({ state }) => state === 'failed' || state === 'cancelled').length;
    const isComplete = await count(client, parentId, { done, failed });
    if (isComplete) released.push(...(await closeStep(client, parentId)));
  }
  return released;
}

async function count(
  client: Queryable,
  parentId: number,
  { done, failed }: { done: number; failed: number },
) {
  const [counted] = await readRows(client, z.object({ isComplete: z.boolean() }), {
    text: `
      UPDATE task SET children_done = children_done + $2, children_failed = children_failed + $3,
        step_left = step_left - ($2::int + $3::int)
      WHERE id = $1 AND state = 'running' AND $2::int + $3::int > 0
      RETURNING step_left = 0 AS "isComplete"`,
    values: [parentId, done, failed],
  });
  return counted?.isComplete === true;
}

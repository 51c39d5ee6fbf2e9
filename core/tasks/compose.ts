import { idRow, readRow } from '#core/rows.ts';
import { type AskedTask, askTasks } from '#core/tasks/ask.ts';
import { toJson } from '#core/tasks/json.ts';
import type { Queryable } from '#core/tasks/task.ts';

/**
 * Steps that run one after the other; the tasks of a list run at the same time. A step starts when every task of the
 * one before has succeeded, and gets what that returned as its `input`. A chain is steps of one task, a group is one
 * list, and a group with a callback, which Celery calls chord, is a list and a task.
 */
export type Composition = {
  /** What it is called in the list of tasks. */
  name: string;
  steps: (AskedTask | AskedTask[])[];
  accountId?: number | undefined;
  /** Milliseconds that it is kept after its end, with all its members; a day without. */
  keepMs?: number | undefined;
};

const DAY = 24 * 60 * 60 * 1_000; // ms

/** A composition that cannot be: without steps, with an empty one, or with a member that could be another's. */
export class NotComposed extends Error {
  override name = 'NotComposed';
}

/**
 * Writes a composition and all its members; those of the first step are due at once. Returns its id: a task like any
 * other, whose result is that of the last step, and which fails when a member is given up. Run it in a transaction:
 * dying half-way would leave a part. The due loop publishes the first step.
 */
export async function composeTasks(client: Queryable, composition: Composition): Promise<number> {
  const steps = composition.steps.map((step) => (Array.isArray(step) ? step : [step]));
  check(steps);
  const parentId = await insertParent(client, composition, steps);
  for (const [number, step] of steps.entries()) {
    const asked = step.map((task) => ({ accountId: composition.accountId, ...task }));
    const ids = await askTasks(client, asked);
    await client.query(
      `UPDATE task SET parent_id = $2, step = $3,
         leased_until = CASE WHEN $3 = 0 THEN due_at ELSE 'infinity' END WHERE id = ANY($1)`,
      [ids, parentId, number],
    );
  }
  return parentId;
}

function check(steps: AskedTask[][]): void {
  if (steps.length === 0) throw new NotComposed('Expected at least one step, got none');
  const empty = steps.findIndex((step) => step.length === 0);
  if (empty >= 0) throw new NotComposed(`Expected tasks in step ${empty + 1}, got none`);
  const keyed = steps.flat().find((task) => task.uniqueKey !== undefined);
  if (keyed) throw new NotComposed(`Expected members without a unique key, got ${keyed.uniqueKey}`);
}

async function insertParent(
  client: Queryable,
  composition: Composition,
  steps: AskedTask[][],
): Promise<number> {
  const shape = composition.steps.map((step, number) => ({
    kinds: [...new Set(steps[number]?.map(({ kind }) => kind))],
    tasks: steps[number]?.length,
    list: Array.isArray(step),
  }));
  const { id } = await readRow(client, idRow, {
    text: `
      INSERT INTO task (kind, data, account_id, state, leased_until, keep_ms, children, step_left, started_at)
      VALUES ($1, $2, $3, 'running', 'infinity', $4, $5, $6, clock_timestamp()) RETURNING id`,
    values: [
      composition.name,
      toJson('data', { steps: shape }),
      composition.accountId ?? null,
      composition.keepMs ?? DAY,
      steps.flat().length,
      steps[0]?.length,
    ],
  });
  return id;
}

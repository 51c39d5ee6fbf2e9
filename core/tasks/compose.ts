import { z } from 'zod';
import { readRow } from '#core/rows.ts';
import { type AskedTask, askTasks, KEPT_AFTER_END } from '#core/tasks/ask.ts';
import { toJson } from '#core/tasks/json.ts';
import type { Queryable } from '#core/tasks/task.ts';

/**
 * Several tasks as one. Its steps run one after the other, and the tasks of one step at the same time. A step starts when
 * every task of the step before has succeeded, and its `input` is what those returned. A chain has steps of one task each.
 * A group is one list of tasks. A list and then one task is what Celery calls a chord.
 */
export type Composition = {
  /** What it is called in the list of tasks. */
  name: string;
  steps: (AskedTask | AskedTask[])[];
  accountId?: number | undefined;
  /** While a composition of this key is unfinished, asking again returns that one. */
  uniqueKey?: string | undefined;
  /** How many milliseconds it is kept after its end, with all its members: a day unless this says otherwise. */
  keepMs?: number | undefined;
};

/** A composition that is not possible: it has no steps, an empty step, or a member with a unique key. */
export class NotComposed extends Error {
  override name = 'NotComposed';
}

/** The id of a composition, and the members of its first step. These are none when the composition existed before. */
export type Composed = { id: number; first: number[] };

/**
 * Writes a composition and all its members. It is a task like any other, whose result is that of the last step, and
 * which fails when a member is given up. Run it in a transaction: half a composition must not stay when this process
 * dies. Publish the first step after the commit ({@link handOver}); if nobody does, the due loop does.
 */
export async function composeTasks(client: Queryable, composition: Composition): Promise<Composed> {
  const steps = composition.steps.map((step) => (Array.isArray(step) ? step : [step]));
  check(steps);
  const { id, isNew } = await insertParent(client, composition, steps);
  if (!isNew) return { id, first: [] };
  const members: number[][] = [];
  for (const [number, step] of steps.entries())
    members.push(await askMembers(client, { parentId: id, number, accountId: composition.accountId }, step));
  return { id, first: members[0] ?? [] };
}

type Place = { parentId: number; number: number; accountId: number | undefined };

async function askMembers(
  client: Queryable,
  { parentId, number, accountId }: Place,
  step: AskedTask[],
): Promise<number[]> {
  const ids = await askTasks(
    client,
    step.map((task) => ({ accountId, ...task })),
  );
  await client.query(
    `UPDATE task SET parent_id = $2, step = $3,
       leased_until = CASE WHEN $3 = 0 THEN leased_until ELSE 'infinity' END WHERE id = ANY($1)`,
    [ids, parentId, number],
  );
  return ids;
}

function check(steps: AskedTask[][]): void {
  if (steps.length === 0) throw new NotComposed('Expected at least one step, got none');
  const empty = steps.findIndex((step) => step.length === 0);
  if (empty >= 0) throw new NotComposed(`Expected tasks in step ${empty + 1}, got none`);
  const keyed = steps.flat().find((task) => task.uniqueKey !== undefined);
  if (keyed) throw new NotComposed(`Expected members without a unique key, got ${keyed.uniqueKey}`);
}

/** The update of the row that holds the key changes nothing. It is there so that the row is returned. */
async function insertParent(
  client: Queryable,
  composition: Composition,
  steps: AskedTask[][],
): Promise<z.infer<typeof parentRow>> {
  const shape = composition.steps.map((step, number) => ({
    kinds: [...new Set(steps[number]?.map(({ kind }) => kind))],
    tasks: steps[number]?.length,
    list: Array.isArray(step),
  }));
  return readRow(client, parentRow, {
    text: `
      INSERT INTO task AS t
        (kind, data, account_id, unique_key, state, leased_until, keep_ms, children, step_left, started_at)
      VALUES ($1, $2, $3, $4, 'running', 'infinity', $5, $6, $7, clock_timestamp())
      ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND state IN ('waiting', 'running')
        DO UPDATE SET unique_key = t.unique_key
      RETURNING t.id, t.xmax = 0 AS "isNew"`,
    values: [
      ...[composition.name, toJson('data', { steps: shape }), composition.accountId ?? null],
      ...[
        composition.uniqueKey ?? null,
        composition.keepMs ?? KEPT_AFTER_END,
        steps.flat().length,
        steps[0]?.length,
      ],
    ],
  });
}

const parentRow = z.object({ id: z.int(), isNew: z.boolean() });

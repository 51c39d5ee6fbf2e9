import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import type { Recurring } from '#lab/clients/recur.ts';
import type { Findings } from '#lab/harness/findings.ts';
import { mayBeGone } from '#lab/harness/restores.ts';
import type { CheckContext } from './round-tweets.ts';

const taskRow = z.object({
  id: z.number(),
  state: z.string(),
  error: z.string().nullable(),
  /** The bytes that its result promises. Null without a result. */
  promisedBytes: z.number().nullable(),
  /** The bytes that the ledger has. */
  bytes: z.number(),
  pieces: z.number(),
  lastPiece: z.number(),
});

/**
 * Checks that every accepted archive has one complete result, or has failed with its error. Once it is done, only the
 * zip may be left. Files of earlier steps would be bytes too many.
 */
export async function checkTasks({ pool, findings }: CheckContext, taskIds: number[]): Promise<void> {
  const rows = await readRows(pool, taskRow, {
    text: `SELECT t.id, t.state, t.error, (t.result ->> 'bytes')::int AS "promisedBytes",
       coalesce(sum(octet_length(f.bytes)), 0)::int AS bytes, count(f.number)::int AS pieces,
       coalesce(max(f.number), -1)::int AS "lastPiece"
     FROM task t LEFT JOIN task m ON m.parent_id = t.id
       LEFT JOIN task_file f ON f.task_id = coalesce(m.id, t.id)
     WHERE t.id = ANY($1) GROUP BY t.id`,
    values: [taskIds],
  });
  const found = new Map(rows.map((row) => [row.id, row]));
  for (const id of new Set(taskIds)) {
    const task = found.get(id);
    if (!task) findings.add('lost', `task ${id} was accepted and is not there`);
    else checkTask(task, findings);
  }
}

function checkTask(task: z.infer<typeof taskRow>, findings: Findings): void {
  const { state, error, promisedBytes, bytes, pieces, lastPiece } = task;
  const isWhole = promisedBytes === bytes && pieces === lastPiece + 1;
  const isDone = state === 'succeeded' && promisedBytes !== null;
  const hasFailed = state === 'failed' && error !== null;
  if (!isDone && !hasFailed) findings.add('lost', `task ${JSON.stringify(task)}`);
  if (isDone && !isWhole) findings.add(bytes > promisedBytes ? 'twice' : 'lost', JSON.stringify(task));
}

const ANSWERED = 60_000; // ms; adding and removing a schedule are repeated until they are answered

const tickRow = z.object({ at: z.number(), count: z.number(), createdAt: z.number() });

/** Checks that no tick ran twice, each was at its time, and none came after its schedule was removed. Returns how many. */
export async function checkTicks(
  { pool, findings, restores = [] }: CheckContext,
  { name, everyMs, addedAt, removedAt }: Recurring,
): Promise<number> {
  const ticks = await readRows(pool, tickRow, {
    text: `SELECT extract(epoch FROM substr(unique_key, length($1) + 2)::timestamptz)::float8 * 1000 AS at,
       count(*)::int, extract(epoch FROM max(created_at))::float8 * 1000 AS "createdAt"
     FROM task WHERE starts_with(unique_key, $1 || '@') GROUP BY unique_key ORDER BY at`,
    values: [name],
  });
  const [first] = ticks;
  const isKept = !mayBeGone(restores, { begun: addedAt, ended: addedAt + ANSWERED });
  const isRemoved = !mayBeGone(restores, { begun: removedAt, ended: removedAt });
  if (!first && isKept) findings.add('lost', `schedule ${name} was added and never ran`);
  for (const { at, count, createdAt } of ticks) {
    const tick = `tick ${new Date(at).toISOString()} of ${name}`;
    if (count > 1) findings.add('twice', `${tick} ran ${count} times`);
    if (first && Math.round(at - first.at) % everyMs !== 0) findings.add('ledger', `${tick} is out of step`);
    if (createdAt < at) findings.add('left early', `${tick} by ${at - createdAt} ms`);
    if (createdAt > removedAt && isRemoved)
      findings.add('answer not kept', `${tick} ran after ${name} was removed`);
  }
  return ticks.length;
}

import { z } from 'zod';
import { idRow, readRows } from '#core/rows.ts';
import { clearMembers } from '#core/tasks/file.ts';
import { MAX_JSON } from '#core/tasks/json.ts';
import type { Queryable } from '#core/tasks/task.ts';

const stepRow = z.object({
  step: z.number(),
  /** The error of the first member of this step that did not succeed; null when all did. */
  error: z.string().nullable(),
  /** What the members returned, as JSON text; null when it is too large. */
  results: z.string().nullable(),
  bytes: z.number(),
});

/**
 * Moves a composition on whose step is complete: to its next step, whose members get what this step returned, or to its
 * end. Returns the members that may start now. The caller has locked the composition's row.
 */
export async function closeStep(client: Queryable, parentId: number): Promise<number[]> {
  const { step, error, results, bytes } = await readStep(client, parentId);
  if (error !== null) return failComposition(client, parentId, error);
  if (results === null) {
    const limit = `Expected at most ${MAX_JSON} bytes of JSON, got ${bytes}`;
    return failComposition(client, parentId, `result: ${limit} from all members of step ${step + 1}`);
  }
  const released = await releaseStep(client, parentId, { step: step + 1, input: results });
  if (released.length === 0) await succeed(client, parentId, results);
  return released;
}

/** A step that is a list returns a list, in the order in which its tasks were asked for. Any other returns its one result. */
async function readStep(client: Queryable, parentId: number): Promise<z.infer<typeof stepRow>> {
  const [found] = await readRows(client, stepRow, {
    text: `
      WITH of AS (SELECT id, step, data -> 'steps' -> step ->> 'list' = 'true' AS list FROM task WHERE id = $1),
      members AS (SELECT m.* FROM task m, of WHERE m.parent_id = of.id AND m.step = of.step),
      results AS (
        SELECT CASE WHEN of.list THEN jsonb_agg(m.result ORDER BY m.id) ELSE jsonb_agg(m.result) -> 0 END AS json
        FROM of, members m GROUP BY of.list
      )
      SELECT of.step, octet_length(json::text) AS bytes,
        CASE WHEN octet_length(json::text) <= $2 THEN json::text END AS results,
        (SELECT format('Step %s, %s (task %s): %s', step + 1, kind, id, coalesce(error, state::text))
         FROM members WHERE state <> 'succeeded' ORDER BY id LIMIT 1) AS error
      FROM of, results`,
    values: [parentId, MAX_JSON],
  });
  if (!found) throw new Error(`Expected a composition with members, got task ${parentId}`);
  return found;
}

async function releaseStep(
  client: Queryable,
  parentId: number,
  { step, input }: { step: number; input: string },
): Promise<number[]> {
  const rows = await readRows(client, idRow, {
    text: `
      UPDATE task SET input = $3::jsonb, leased_until = greatest(due_at, clock_timestamp())
      WHERE parent_id = $1 AND step = $2 AND state = 'waiting' RETURNING id`,
    values: [parentId, step, input],
  });
  if (rows.length > 0)
    await client.query('UPDATE task SET step = $2, step_left = $3 WHERE id = $1', [
      parentId,
      step,
      rows.length,
    ]);
  return rows.map(({ id }) => id);
}

async function succeed(client: Queryable, parentId: number, result: string): Promise<void> {
  await client.query(
    `UPDATE task SET state = 'succeeded', result = $2::jsonb, finished_at = clock_timestamp(),
       expires_at = clock_timestamp() + keep_ms * interval '1 ms' WHERE id = $1`,
    [parentId, result],
  );
  await clearMembers(client, parentId, 'earlier steps');
}

/** The steps after one that failed are cancelled. Retrying the composition brings them back. */
async function failComposition(client: Queryable, parentId: number, error: string): Promise<number[]> {
  await client.query(
    `WITH failed AS (
       UPDATE task SET state = 'failed', error = left($2, 500), finished_at = clock_timestamp(),
         expires_at = clock_timestamp() + keep_ms * 7 * interval '1 ms' WHERE id = $1 RETURNING id
     )
     UPDATE task t SET state = 'cancelled', finished_at = clock_timestamp(), error = 'A step before it failed'
     FROM failed WHERE t.parent_id = failed.id AND t.state = 'waiting'`,
    [parentId, error],
  );
  return [];
}

import type pg from 'pg';
import { readRows } from '#core/rows.ts';
import type { TaskRef } from '#core/tasks/claim.ts';
import { type Ended, ended, endMembers, parentsOf } from '#core/tasks/members.ts';
import { CANCELLED_KEPT, type Queryable, type TaskState } from '#core/tasks/task.ts';

/** How an attempt without a result ended. */
export type Failure =
  /** This one counts: after `attempts` of them the task is a dead letter. */
  | { kind: 'failed'; error: string; attempts: number }
  /** No further attempt would do better: a dead letter at once. */
  | { kind: 'given up'; error: string }
  | { kind: 'cancelled' };

/** What the task is now: `waiting` for its next attempt, or over. Null when somebody else has claimed it. */
export type Verdict = TaskState | null;

const ERROR_LENGTH = 500;

/**
 * Notes an attempt without a result, and decides what comes next. The backoff doubles from 1 s up to ten minutes, with full
 * jitter, as in core/backoff.ts. It is kept in the ledger, because no broker can delay for as long.
 */
export async function failTask(pool: pg.Pool, ref: TaskRef, failure: Failure): Promise<Verdict> {
  const over = await endMembers(pool, parentsOf([ref]), (client) => end(client, ref, failure));
  return over.ended[0]?.state ?? null;
}

function end(client: Queryable, { id, token }: TaskRef, failure: Failure): Promise<Ended[]> {
  const error = 'error' in failure ? failure.error.replaceAll('\0', '').slice(0, ERROR_LENGTH) : null;
  return readRows(client, ended, {
    text: `
      WITH next AS (
        SELECT id, failures + ($3 <> 'cancelled')::int AS failures,
          CASE WHEN $3 = 'cancelled' THEN 'cancelled'
               WHEN $3 = 'given up' OR failures + 1 >= $5 THEN 'failed'
               WHEN cancel_requested THEN 'cancelled'
               ELSE 'waiting' END::task_state AS state,
          clock_timestamp() + random() * least(1000 * power(2, failures), 600000) * interval '1 ms' AS due_at
        FROM task WHERE id = $1 AND token = $2 AND state = 'running' FOR UPDATE
      )
      UPDATE task t SET state = n.state, failures = n.failures, error = coalesce($4, error),
        due_at = CASE WHEN n.state = 'waiting' THEN n.due_at ELSE t.due_at END,
        leased_until = n.due_at, published_at = NULL, slot_at = NULL,
        finished_at = CASE WHEN n.state <> 'waiting' THEN clock_timestamp() END,
        expires_at = CASE WHEN n.state <> 'waiting' AND t.parent_id IS NULL
          THEN clock_timestamp() + CASE n.state WHEN 'failed' THEN 7 * t.keep_ms
            ELSE least(t.keep_ms, $6::bigint) END * interval '1 ms' END
      FROM next n WHERE t.id = n.id RETURNING t.id, t.parent_id AS "parentId", t.state`,
    values: [
      ...[id, token, failure.kind, error, failure.kind === 'failed' ? failure.attempts : 0],
      CANCELLED_KEPT,
    ],
  });
}

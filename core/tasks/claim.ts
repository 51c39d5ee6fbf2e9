import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import { LEASE } from '#core/tasks/lease.ts';

/** A task in the hands of one worker. `token` is this claim's: with an older one nothing is written. */
export type TaskRef = { id: number; token: number; parentId: number | null };

const claimedTask = z.object({
  id: z.number(),
  token: z.number(),
  parentId: z.number().nullable(),
  kind: z.string(),
  data: z.unknown(),
  input: z.unknown(),
  accountId: z.number().nullable(),
  /** Counted so far. */
  failures: z.number(),
  cancelRequested: z.boolean(),
  /** True when it has a start time in the rate of its kind, and that has come. */
  hasStart: z.boolean(),
});
export type ClaimedTask = z.infer<typeof claimedTask>;

/**
 * Takes tasks for a worker in one statement and returns them in any order. Missing are those that are over, not due, or
 * in the hands of another whose lease is valid: their message was a copy, acknowledge it. One whose lease has run out is
 * a failure of whoever had it, as in due.ts: the broker may hand its message out again before the due loop looks. Rows
 * are locked in the order of their ids, so that two workers with the same copies do not deadlock.
 */
export function claimTasks(pool: pg.Pool, ids: number[], worker: string): Promise<ClaimedTask[]> {
  const [only, ...others] = ids;
  const claim =
    only !== undefined && others.length === 0
      ? { name: 'claim-task', text: CLAIM_ONE, values: [only, worker, LEASE] }
      : { name: 'claim-tasks', text: CLAIM_ALL, values: [ids, worker, LEASE] };
  return readRows(pool, claimedTask, claim);
}

/**
 * Takes the task that a worker was woken for, by its unique key. Null when it is not written yet, when another worker has
 * it, or when its priority is not normal: wake-ups are for that one.
 */
export async function claimByKey(
  pool: pg.Pool,
  uniqueKey: string,
  worker: string,
): Promise<ClaimedTask | null> {
  const [claimed = null] = await readRows(pool, claimedTask, {
    name: 'claim-task-by-key',
    text: CLAIM_BY_KEY,
    values: [uniqueKey, worker, LEASE],
  });
  return claimed;
}

const TAKE = `
  UPDATE task t SET state = 'running', token = token + 1, attempts = attempts + 1, worker = $2,
    failures = failures + (state = 'running')::int,
    error = CASE WHEN state = 'running' THEN 'Worker ' || worker || ' stopped answering' ELSE error END,
    started_at = clock_timestamp(), published_at = coalesce(published_at, clock_timestamp()), progress = NULL,
    leased_until = clock_timestamp() + $3 * interval '1 ms'`;

const CAN_BE_TAKEN = `
  due_at <= clock_timestamp() + interval '10 ms' AND leased_until < 'infinity'
  AND (state = 'waiting' OR (state = 'running' AND leased_until < clock_timestamp()))`;

const CLAIMED = `
  RETURNING t.id, t.token, t.parent_id AS "parentId", t.kind, t.data, t.input, t.account_id AS "accountId",
    t.failures, t.cancel_requested AS "cancelRequested", t.slot_at IS NOT NULL AS "hasStart"`;

const CLAIM_ALL = `${TAKE}
  FROM (SELECT id FROM task WHERE id = ANY($1) AND ${CAN_BE_TAKEN} ORDER BY id FOR UPDATE) taken
  WHERE t.id = taken.id ${CLAIMED}`;

/** For a task alone there is no order: a fifth less time, and when little is to be done nearly all come alone. */
const CLAIM_ONE = `${TAKE} WHERE id = $1 AND ${CAN_BE_TAKEN} ${CLAIMED}`;

const CLAIM_BY_KEY = `${TAKE}
  WHERE unique_key = $1 AND state IN ('waiting', 'running') AND priority = 1 AND ${CAN_BE_TAKEN} ${CLAIMED}`;

import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import { LEASE } from '#core/tasks/lease.ts';

/** A task that one worker has claimed. `token` belongs to this claim: a worker with another one can write nothing. */
export type TaskRef = { id: number; token: number; parentId: number | null };

const claimedTask = z.object({
  id: z.number(),
  token: z.number(),
  parentId: z.number().nullable(),
  kind: z.string(),
  data: z.unknown(),
  input: z.unknown(),
  accountId: z.number().nullable(),
  /** Failed attempts so far. */
  failures: z.number(),
  cancelRequested: z.boolean(),
  /** True when its kind has a rate, and the start time that this task was given has come. */
  hasStart: z.boolean(),
});
export type ClaimedTask = z.infer<typeof claimedTask>;

/**
 * Takes tasks for a worker in one statement, and returns them in any order. It leaves out tasks that are over, that are not
 * due, and that another worker has with a valid lease: their message was a copy, so acknowledge it. If a lease has run
 * out, that is a failure of the worker who had it, as in due.ts, because the broker may hand the message out again before
 * the due loop looks. Rows are locked in the order of their ids, so that two workers with the same copies do not deadlock.
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
 * Takes the task that a worker was woken for, by its unique key. Null when the task is not written yet, when another
 * worker has it, or when its priority is not normal: only tasks of normal priority wake workers.
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

/**
 * Drawn and not counted: after Postgres was restored to before a claim, the next number would be the same again, and the
 * worker of the lost claim could write.
 */
const NEW_TOKEN = '(random() * 1000000000)::int';

const TAKE = `
  UPDATE task t SET state = 'running', token = ${NEW_TOKEN}, attempts = attempts + 1, worker = $2,
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

/** One task needs no order, and so takes a fifth less time. When there is little to do, nearly all tasks come alone. */
const CLAIM_ONE = `${TAKE} WHERE id = $1 AND ${CAN_BE_TAKEN} ${CLAIMED}`;

const CLAIM_BY_KEY = `${TAKE}
  WHERE unique_key = $1 AND state IN ('waiting', 'running') AND priority = 1 AND ${CAN_BE_TAKEN} ${CLAIMED}`;

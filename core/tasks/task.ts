import type pg from 'pg';
import { isoUtc } from '#core/iso-utc.ts';

/**
 * A task is one row of the ledger. The broker carries its id only, and only once it is due, so that a delay of months
 * is the same on every broker and losing a broker's whole content loses no task.
 *
 *                        ┌────────── failed, backoff · put off · worker died ──────────┐
 *                        ▼                                                             │
 *     asked ─────▶ waiting ── due: published ──▶ claimed ──▶ running ──────────────────┤
 *                        │                                     │                       ├──▶ succeeded
 *                        └───────────── cancelled ◀────────────┘                       └──▶ failed ─ retried ─▶ waiting
 *
 * `leased_until` is the one clock of all that: an unfinished task beyond it is published (again), whoever had it. It is
 * the due time of one that waits, some time after the publishing of one that the broker holds, the lease of one that
 * runs, and `infinity` for members of a later step and for compositions. `token` counts claims; a worker that lost its
 * lease holds an older one, and its writes change nothing.
 */
export const TASK_STATES = ['waiting', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** `high` has a queue and slots of its own; `low` leaves the ledger only while nothing of `normal` waits. */
export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

export type TaskProgress = { done: number; total: number; unit: string };

/** One task as the ledger has it. Times are ISO 8601 UTC or null. */
export type Task = {
  id: number;
  kind: string;
  data: unknown;
  /** Who asked; null when the system itself did. */
  accountId: number | null;
  state: TaskState;
  priority: Priority;
  /** Does not start before. */
  dueAt: string;
  /** Times it was run, and how many of them failed. */
  attempts: number;
  failures: number;
  worker: string | null;
  progress: TaskProgress | null;
  result: unknown;
  /** Why it failed last, also while it waits for its next attempt. */
  error: string | null;
  /** True from the wish on until the worker has stopped. */
  cancelRequested: boolean;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** Deleted then, with all that it made. */
  expiresAt: string | null;
  /** The composition that this is a member of, and its step there. */
  parentId: number | null;
  step: number;
  /** Members of a composition; 0 for any other task. */
  children: number;
  childrenDone: number;
  childrenFailed: number;
  /** Of a composition, in the order in which they were asked. */
  members: Member[];
  /** The database's clock when this was read. */
  now: string;
};

/** A task of a composition, as the composition shows it. */
export type Member = Pick<
  Task,
  'id' | 'kind' | 'data' | 'state' | 'step' | 'attempts' | 'worker' | 'progress' | 'error'
>;

const iso = (expression: string, name: string) => `${isoUtc(expression)} AS "${name}"`;

/** The columns of `task t` that make a {@link Task}. */
export const TASK_COLUMNS = `
  t.id, t.kind, t.data, t.account_id AS "accountId", t.state,
  (ARRAY['low', 'normal', 'high'])[t.priority + 1] AS priority,
  ${iso('t.due_at', 'dueAt')}, t.attempts, t.failures, t.worker, t.progress, t.result, t.error,
  t.cancel_requested AS "cancelRequested", ${iso('t.created_at', 'createdAt')}, ${iso('t.started_at', 'startedAt')},
  ${iso('t.finished_at', 'finishedAt')}, ${iso('t.expires_at', 'expiresAt')}, t.parent_id AS "parentId", t.step,
  t.children, t.children_done AS "childrenDone", t.children_failed AS "childrenFailed",
  (SELECT coalesce(json_agg(json_build_object('id', m.id, 'kind', m.kind, 'data', m.data, 'state', m.state,
     'step', m.step, 'attempts', m.attempts, 'worker', m.worker, 'progress', m.progress, 'error', m.error
   ) ORDER BY m.step, m.id), '[]') FROM task m WHERE t.children > 0 AND m.parent_id = t.id) AS members,
  ${iso('clock_timestamp()', 'now')}`;

/** A pool, or a connection in whose transaction something is to happen. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** One task, or null: there never was such a task, or its time to be kept is over. */
export async function readTask(pool: Queryable, id: number): Promise<Task | null> {
  const { rows } = await pool.query<Task>(`SELECT ${TASK_COLUMNS} FROM task t WHERE t.id = $1`, [id]);
  return rows[0] ?? null;
}

export type TaskQuery = {
  /** Of this account; of all without. */
  accountId?: number | undefined;
  kind?: string | undefined;
  state?: TaskState | undefined;
  limit: number;
  /** Older than this one. */
  before?: number | undefined;
};

/** Tasks, newest first. Members are left out: their composition stands for them. */
export async function readTasks(pool: Queryable, query: TaskQuery): Promise<Task[]> {
  const { rows } = await pool.query<Task>(
    `SELECT ${TASK_COLUMNS} FROM task t
     WHERE t.parent_id IS NULL
       AND ($1::int IS NULL OR t.account_id = $1) AND ($2::text IS NULL OR t.kind = $2)
       AND ($3::text IS NULL OR t.state = $3::task_state) AND ($4::bigint IS NULL OR t.id < $4)
     ORDER BY t.id DESC LIMIT $5`,
    [query.accountId ?? null, query.kind ?? null, query.state ?? null, query.before ?? null, query.limit],
  );
  return rows;
}

/** True once nothing more will happen by itself. */
export const isOver = (task: Pick<Task, 'state'>): boolean =>
  task.state !== 'waiting' && task.state !== 'running';

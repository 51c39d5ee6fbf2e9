import type pg from 'pg';
import { DAY } from '#core/durations.ts';

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
 * runs, and `infinity` for members of a later step and for compositions. Each claim has another `token`; a worker that
 * lost its lease holds an old one, and its writes change nothing.
 */
export const TASK_STATES = ['waiting', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** `high` has a queue and slots of its own; `low` leaves the ledger only while nothing of `normal` waits. */
export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Milliseconds that a cancelled task is kept at most, whatever its asker said: nobody looks for it for longer. */
export const CANCELLED_KEPT = DAY;

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
  /** It does not start before this time. */
  dueAt: string;
  /** How often it was run, and how many of these runs failed. */
  attempts: number;
  failures: number;
  worker: string | null;
  progress: TaskProgress | null;
  result: unknown;
  /** Why the last attempt failed; it stays while the task waits for the next one. */
  error: string | null;
  /** True from the moment that somebody asks for it until the worker has stopped. */
  cancelRequested: boolean;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** When it is deleted, with all that it made. */
  expiresAt: string | null;
  /** The composition that this task is a member of, and its step there. */
  parentId: number | null;
  step: number;
  /** How many members a composition has; 0 for any other task. */
  children: number;
  childrenDone: number;
  childrenFailed: number;
  /** The members of a composition, in the order in which they were asked for. */
  members: Member[];
  /**
   * The database's clock just before this was read. Of two answers, the one with the later `now` counts. An answer that
   * lacks a change read the clock before that change; the answer that the change's hint asks for reads it after. If the
   * clock were read last, an older answer could win.
   */
  now: string;
};

/** A task of a composition, as the composition shows it. */
export type Member = Pick<
  Task,
  'id' | 'kind' | 'data' | 'state' | 'step' | 'attempts' | 'worker' | 'progress' | 'error'
>;

/** A pool, or a connection in whose transaction something is to happen. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** True once nothing more will happen by itself. */
export const isOver = (task: Pick<Task, 'state'>): boolean =>
  task.state !== 'waiting' && task.state !== 'running';

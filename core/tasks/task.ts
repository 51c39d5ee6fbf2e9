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
 * runs, and `infinity` for members of a later step and for compositions. `token` counts claims; a worker that lost its
 * lease holds an older one, and its writes change nothing.
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
  /**
   * The database's clock just before this was read. Of two answers the one with the later `now` counts, and that is right
   * for every change: an answer that lacks it read the clock before the change, the one that its hint brings read the
   * clock after it. With a clock that is read last an older answer could win.
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

import type pg from 'pg';
import { SECOND } from '#core/durations.ts';
import type { ClaimedTask } from '#core/tasks/claim.ts';
import { handBackTasks } from '#core/tasks/put-off.ts';
import { renewTasks } from '#core/tasks/renew.ts';
import type { TaskProgress } from '#core/tasks/task.ts';
import { Cancelled, LeaseLost, Stopping, TimeLimit } from '#worker/tasks/task-kind.ts';

/** Milliseconds between two looks for leases to renew and progress to tell. */
export const LOOK_EVERY = 250;

const RENEW_EVERY = SECOND; // eight times within a lease

/** One attempt that runs in this process. */
export type Running = {
  task: ClaimedTask;
  signal: AbortSignal;
  /** Rejects when nobody waits for the run any longer. */
  over: Promise<never>;
  progress(done: number, total: number, unit: string): void;
  /** Call it when the run has ended, in whatever way. */
  end(): void;
};

type Entry = {
  task: ClaimedTask;
  abort: AbortController;
  giveUp: (reason: Error) => void;
  progress: TaskProgress | null;
  isTold: boolean;
  renewedAt: number;
};

/** The attempts that run in this process. Renews their leases, writes their progress, and tells them to stop. */
export class RunningTasks {
  readonly #entries = new Map<number, Entry>();
  #isStopping = false;

  /** Starts the clock of an attempt. */
  add(task: ClaimedTask, { softMs, hardMs }: { softMs: number; hardMs: number }): Running {
    const abort = new AbortController();
    const { promise: over, reject: giveUp } = rejectable();
    const entry: Entry = { task, abort, giveUp, progress: null, isTold: true, renewedAt: performance.now() };
    // The task may come back to the same process that lost its lease.
    this.#entries.get(task.id)?.abort.abort(new LeaseLost('This task was claimed again'));
    this.#entries.set(task.id, entry);
    const soft = setTimeout(() => abort.abort(new TimeLimit(`Took longer than ${softMs} ms`)), softMs);
    const hard = setTimeout(() => stopNow(entry, new TimeLimit(`Did not stop within ${hardMs} ms`)), hardMs);
    if (this.#isStopping) stopNow(entry, new Stopping('This worker stops'));
    return {
      task,
      signal: abort.signal,
      over,
      progress: (done, total, unit) => {
        entry.progress = { done, total, unit };
        entry.isTold = false;
      },
      end: () => {
        clearTimeout(soft);
        clearTimeout(hard);
        if (this.#entries.get(task.id) === entry) this.#entries.delete(task.id);
      },
    };
  }

  /** Renews leases and writes progress. Returns the accounts whose tasks have new progress. */
  async renewOnce(pool: pg.Pool): Promise<(number | null)[]> {
    const now = performance.now();
    const wanted = [...this.#entries.values()].filter(
      ({ isTold, renewedAt }) => !isTold || now - renewedAt >= RENEW_EVERY,
    );
    if (wanted.length === 0) return [];
    const told = wanted.filter(({ isTold }) => !isTold).map(({ task }) => task.accountId);
    for (const entry of wanted) entry.isTold = true;
    const kept = await renewTasks(
      pool,
      wanted.map(({ task, progress }) => ({ ...task, progress })),
    );
    const answers = new Map(kept.map((each) => [each.id, each.cancelRequested]));
    for (const entry of wanted) hear(entry, answers.get(entry.task.id));
    return told;
  }

  /** Stops all that runs, and hands it back to the ledger for other workers. */
  async handBack(pool: pg.Pool): Promise<void> {
    this.#isStopping = true;
    const entries = [...this.#entries.values()];
    for (const entry of entries) stopNow(entry, new Stopping('This worker stops'));
    if (entries.length > 0)
      await handBackTasks(
        pool,
        entries.map(({ task }) => task),
      );
  }
}

/** `cancelRequested` is undefined when the ledger has given the task to somebody else. */
function hear(entry: Entry, cancelRequested: boolean | undefined): void {
  entry.renewedAt = performance.now();
  if (cancelRequested === undefined) entry.abort.abort(new LeaseLost('Another worker has this task'));
  else if (cancelRequested) entry.abort.abort(new Cancelled('Cancelled'));
}

/** Aborts a run without waiting for it. The signal keeps its first reason. */
function stopNow({ abort, giveUp }: Entry, reason: Error): void {
  abort.abort(reason);
  giveUp(reason);
}

/** A promise that may be rejected from outside, and whose rejection nobody has to await. */
function rejectable() {
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<never>((_, rejectIt) => {
    reject = rejectIt;
  });
  promise.catch(() => {});
  return { promise, reject };
}

import { z } from 'zod';
import { DeadLetter } from '#broker/port.ts';
import type { WorkerContext } from '#worker/context.ts';

/**
 * A kind of task and how a worker runs it. `run` may be cut off anywhere and run again, so that its effect must be one that
 * happens once. An error of it counts as a failure, and is tried again after a backoff. Two classes of the broker's port
 * mean something else: `RetryLater` puts the task off without counting, `DeadLetter` gives it up at once.
 */
export type TaskKind<D, R> = {
  name: string;
  data: z.ZodType<D>;
  result: z.ZodType<R>;
  /** Milliseconds until the signal aborts with {@link TimeLimit}. */
  softMs: number;
  /** Milliseconds until the run is given up, whether it listens or not. */
  hardMs: number;
  /** After so many failures it is a dead letter. */
  attempts: number;
  /** So many may start in a second over all workers, evenly spaced. */
  ratePerS?: number;
  /** A schedule of this kind that every database has; people may change or disable it. */
  standing?: { name: string; data: D; cron?: string; everyMs?: number; timeZone?: string };
  run(task: TaskRun<D>): Promise<R | typeof ENDED>;
};

/**
 * Returned by a run that has written the end of its task in one commit with its effect, see core/tasks/finish.ts. Nobody writes
 * it a second time: if Postgres was restored to before that commit, the effect is gone, and the task has to run again.
 */
export const ENDED = Symbol('ended');

/** One attempt at a task. */
export type TaskRun<D> = {
  id: number;
  /** The token of this attempt's claim. What is written with it is refused once somebody else has the task. */
  token: number;
  accountId: number | null;
  data: D;
  /** In a composition: what the step before returned, or the list of what its members did; null in the first step. */
  input: unknown;
  /** Aborts with {@link TimeLimit}, {@link Cancelled}, {@link LeaseLost} or {@link Stopping}: stop soon and throw. */
  signal: AbortSignal;
  /** Tells how far the task is. It is cheap: the ledger is written four times a second at most. */
  progress(done: number, total: number, unit: string): void;
  context: WorkerContext;
};

/** The run took longer than its kind's `softMs` or, when it did not listen, `hardMs`. */
export class TimeLimit extends Error {
  override name = 'TimeLimit';
}

/** Somebody does not want it any more. */
export class Cancelled extends Error {
  override name = 'Cancelled';
}

/** The ledger gave the task to somebody else: whatever this run still writes is ignored. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/** The worker ends; the task is handed back without being counted as failed. */
export class Stopping extends Error {
  override name = 'Stopping';
}

/** A kind whose data and result are checked where they come in and go out, so that all kinds fit one registry. */
export type RegisteredKind = Omit<TaskKind<unknown, unknown>, 'data' | 'result'>;

/** Makes a kind fit the registry. If data does not fit its schema, it never will, so the task is given up at once. */
export function registered<D, R>(kind: TaskKind<D, R>): RegisteredKind {
  return {
    ...kind,
    run: async (task) => {
      const data = parse(kind.data, 'data', task.data);
      const result = await kind.run({ ...task, data });
      return result === ENDED ? ENDED : parse(kind.result, 'result', result);
    },
  };
}

function parse<T>(schema: z.ZodType<T>, field: 'data' | 'result', value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DeadLetter(`${field}: ${z.prettifyError(parsed.error)}`);
}

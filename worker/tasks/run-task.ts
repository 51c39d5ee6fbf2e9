import { setTimeout as wait } from 'node:timers/promises';
import { type Handler, RetryLater } from '#broker/port.ts';
import { taskMessage } from '#core/messages.ts';
import { isPostgresAway } from '#core/postgres.ts';
import type { ClaimedTask } from '#core/tasks/claim.ts';
import { type Failure, failTask } from '#core/tasks/fail.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { toJson } from '#core/tasks/json.ts';
import { putOffTask } from '#core/tasks/put-off.ts';
import { takeTurn } from '#core/tasks/rate.ts';
import { parseBody } from '#worker/parse-body.ts';
import type { TaskEngine } from '#worker/tasks/engine.ts';
import { type Outcome, outcomeOf } from '#worker/tasks/outcome.ts';
import type { RegisteredKind } from '#worker/tasks/task-kind.ts';

const AWAY_DELAY = 1_000; // ms until a message comes again whose ledger is away

/**
 * Handles both queues of tasks: claim, run, write, acknowledge. Dying anywhere before the last leaves a message that
 * comes again, and finds the task over, or in the hands of whoever was given it when the lease ran out.
 */
export function taskHandler(engine: TaskEngine): Handler {
  return async ({ body }) => {
    const { taskId } = parseBody(taskMessage, body);
    const task = await claim(engine, taskId);
    if (!task) return;
    // Nobody waits for a hint: with the store away it would take a second.
    tellTasks(engine.context.hints, [task.accountId]);
    await settle(engine, task, await outcome(engine, task)).catch((error) => {
      // Its lease will run out, and it is run again; that the ledger refuses a statement has to be known.
      engine.complain(error);
      throw error;
    });
    tellTasks(engine.context.hints, [task.accountId]);
  };
}

async function claim({ claims }: TaskEngine, taskId: number): Promise<ClaimedTask | null> {
  return claims.add(taskId).catch((error) => {
    if (isPostgresAway(error)) throw new RetryLater(AWAY_DELAY, String(error), { cause: error });
    throw error;
  });
}

/** Decides whether a claimed task is to be run at all, and runs it. */
async function outcome(engine: TaskEngine, task: ClaimedTask): Promise<Outcome> {
  const kind = engine.kinds.get(task.kind);
  if (task.cancelRequested) return { kind: 'cancelled' };
  if (!kind) return { kind: 'given up', error: unknownKind(engine, task) };
  if (task.failures >= kind.attempts)
    return { kind: 'given up', error: `Given up: its worker stopped answering at attempt ${task.failures}` };
  if (kind.ratePerS && !task.hasTurn && !(await takeTurn(engine.context.pool, task, kind.ratePerS)))
    return { kind: 'left' };
  return attempt(engine, kind, task);
}

const unknownKind = ({ kinds }: TaskEngine, task: ClaimedTask): string =>
  `kind: Expected one of ${[...kinds.keys()].join(', ')}, got ${task.kind}`;

async function attempt(engine: TaskEngine, kind: RegisteredKind, task: ClaimedTask): Promise<Outcome> {
  const run = engine.running.add(task, kind);
  const { signal, progress } = run;
  try {
    const { id, token, accountId, data, input } = task;
    const work = kind.run({ id, token, accountId, data, input, signal, progress, context: engine.context });
    return { kind: 'succeeded', result: toJson('result', await Promise.race([work, run.over])) };
  } catch (error) {
    return outcomeOf(error, signal.reason);
  } finally {
    run.end();
  }
}

async function settle(engine: TaskEngine, task: ClaimedTask, outcome: Outcome): Promise<void> {
  const { pool } = engine.context;
  const attempts = engine.kinds.get(task.kind)?.attempts ?? 0;
  switch (outcome.kind) {
    case 'succeeded':
      await stubbornly(() => engine.finishes.add({ ...task, result: outcome.result }));
      return;
    case 'put off':
      return stubbornly(() => putOffTask(pool, task, outcome));
    case 'failed':
      return fail(engine, task, { ...outcome, attempts });
    case 'given up':
    case 'cancelled':
      return fail(engine, task, outcome);
    case 'left':
      return;
  }
}

async function fail({ context }: TaskEngine, task: ClaimedTask, failure: Failure): Promise<void> {
  await stubbornly(() => failTask(context.pool, task, failure));
}

const PATIENCE = 30_000; // ms
const PAUSE = 500; // ms

/**
 * Writes what came out once the ledger is back: a result that was computed is not thrown away for an outage that is
 * shorter than this. When another has the task by then the write changes nothing.
 */
async function stubbornly<T>(write: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isPostgresAway(error) || performance.now() > until) throw error;
      await wait(PAUSE);
    }
  }
}

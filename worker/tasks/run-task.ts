import { setTimeout as wait } from 'node:timers/promises';
import { type Handler, RetryLater } from '#broker/port.ts';
import { isPostgresAway } from '#core/away.ts';
import { SECOND } from '#core/durations.ts';
import { taskMessage } from '#core/messages.ts';
import { type ClaimedTask, claimByKey } from '#core/tasks/claim.ts';
import { type Failure, failTask } from '#core/tasks/fail.ts';
import { toJson } from '#core/tasks/json.ts';
import { giveBackTask, putOffTask } from '#core/tasks/put-off.ts';
import { takeStart } from '#core/tasks/rate.ts';
import { parseBody } from '#worker/parse-body.ts';
import type { TaskEngine } from '#worker/tasks/engine.ts';
import { type Outcome, outcomeOf } from '#worker/tasks/outcome.ts';
import type { Room, Slot } from '#worker/tasks/slots.ts';
import { ENDED, type RegisteredKind } from '#worker/tasks/task-kind.ts';

const AWAY_DELAY = SECOND; // until a message comes again whose ledger is away

/**
 * Handles both queues of tasks: claim, wait for a slot, run, write, acknowledge. If the process dies before the last of
 * these, the message comes again. Then the task is over, or another worker got it when the lease ran out.
 */
export function taskHandler(engine: TaskEngine, room: Room): Handler {
  return async ({ body }) => {
    const { taskId } = parseBody(taskMessage, body);
    return runTask(engine, room, () => claim(engine, taskId));
  };
}

/** Runs the task with this unique key, if there is one to run. */
export const runByKey = (engine: TaskEngine, room: Room, uniqueKey: string): Promise<void> =>
  runTask(engine, room, () => claimWritten(engine, uniqueKey));

type Claim = () => Promise<ClaimedTask | null>;

/** Claims and runs a task, and writes its result. The slot is released before that. */
async function runTask(engine: TaskEngine, room: Room, claimIt: Claim): Promise<void> {
  const task = await claimIn(room, engine, claimIt);
  if (!task) return;
  const outcome = await runIn(task.slot, engine, task);
  await settle(engine, task, outcome).catch((error) => {
    // The lease will run out, and the task runs again. It is logged, because a ledger that refuses a statement must be known.
    engine.complain(error);
    throw error;
  });
  engine.hints.tell(task.accountId);
}

type TaskInSlot = ClaimedTask & { slot: Slot };

/** A claimed task and the slot that it may run in; null when its message was a copy, or when it was handed back. */
async function claimIn(room: Room, engine: TaskEngine, claimIt: Claim): Promise<TaskInSlot | null> {
  const place = await room.claiming.take();
  if (!place) throw new RetryLater(0, 'Every slot of this worker is taken');
  try {
    const task = await claimIt();
    if (!task) return null;
    const slot = await room.running.take();
    if (slot) return { ...task, slot };
    await giveBackTask(engine.context.pool, task);
    return null;
  } finally {
    place.release();
  }
}

async function runIn(slot: Slot, engine: TaskEngine, task: ClaimedTask): Promise<Outcome> {
  engine.hints.tell(task.accountId);
  try {
    return await outcomeFor(engine, task);
  } finally {
    slot.release();
  }
}

async function claim({ claims }: TaskEngine, taskId: number): Promise<ClaimedTask | null> {
  return claims.add(taskId).catch((error) => {
    if (isPostgresAway(error)) throw new RetryLater(AWAY_DELAY, String(error), { cause: error });
    throw error;
  });
}

const LOOKS = 5; // of about 0.3 ms each, as long as a row takes to be written; the wake-up takes 0.4 ms to get here

/** Looks again after a moment: a wake-up is sent while the row is being written, and may come before it. */
async function claimWritten({ context }: TaskEngine, uniqueKey: string): Promise<ClaimedTask | null> {
  for (let looks = 1; ; looks++) {
    const task = await claimByKey(context.pool, uniqueKey, context.name);
    if (task || looks === LOOKS) return task;
  }
}

/** Decides whether a claimed task is to be run at all, and runs it. */
async function outcomeFor(engine: TaskEngine, task: ClaimedTask): Promise<Outcome> {
  const kind = engine.kinds.get(task.kind);
  if (task.cancelRequested) return { kind: 'cancelled' };
  if (!kind) return { kind: 'given up', error: unknownKind(engine, task) };
  if (task.failures >= kind.attempts)
    return { kind: 'given up', error: `Given up: its worker stopped answering at attempt ${task.failures}` };
  if (kind.ratePerS && !task.hasStart && !(await takeStart(engine.context.pool, task, kind.ratePerS)))
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
    const result = await Promise.race([work, run.over]);
    return result === ENDED ? { kind: 'left' } : { kind: 'succeeded', result: toJson('result', result) };
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

const PATIENCE = 30 * SECOND;
const PAUSE = 500; // ms

/**
 * Writes a result once the ledger is back, so that an outage shorter than this throws no computed result away. If another
 * worker has the task by then, the write changes nothing.
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

import { setTimeout as wait } from 'node:timers/promises';
import { EXPIRE_EVERY, expireTasks } from '#core/tasks/expire.ts';
import { addSchedule } from '#core/tasks/schedules.ts';
import type { WorkerContext } from '#worker/context.ts';
import { startLoop } from '#worker/loop.ts';
import { answerWakeUps } from '#worker/tasks/answer-wake-ups.ts';
import { DUE_IDLE, dueOnce, tickAndPublish, untilNextLook } from '#worker/tasks/due-loop.ts';
import { openEngine, type TaskEngine } from '#worker/tasks/engine.ts';
import { taskHandler } from '#worker/tasks/run-task.ts';
import { LOOK_EVERY } from '#worker/tasks/running.ts';
import { Room } from '#worker/tasks/slots.ts';

export type TaskOptions = {
  kinds: TaskEngine['kinds'];
  /** Tasks of normal and low priority at once. */
  concurrency: number;
  /** Tasks of high priority at once, beside the others. */
  urgentConcurrency: number;
};

const HAND_BACK = 300; // ms before the deadline of a stop, for one statement and the acknowledgements

/** Starts what runs tasks: both queues, the due loop, schedules, renewals and expiry. */
export function startTasks(context: WorkerContext, options: TaskOptions, complain: (error: unknown) => void) {
  const engine = openEngine(context, { kinds: options.kinds, complain });
  const normal = serve(engine, 'task', options.concurrency);
  const urgent = serve(engine, 'urgent', options.urgentConcurrency);
  const wakeUps = answerWakeUps(engine, normal.room);
  const loops = [
    startLoop(
      () => dueOnce(engine),
      () => untilNextLook(engine),
      complain,
    ),
    startLoop(() => tickAndPublish(engine), DUE_IDLE, complain),
    startLoop(() => renew(engine), LOOK_EVERY, complain),
    startLoop(() => expireTasks(context.pool), EXPIRE_EVERY, complain),
  ];
  void addStanding(engine).catch(complain);
  return { stop };

  /** Lets runs finish until shortly before the deadline, then hands them back. Call it once. */
  async function stop(deadlineMs: number): Promise<void> {
    for (const { room } of [normal, urgent]) room.close();
    const drained = Promise.all([
      ...[normal, urgent].map(({ consumer }) => consumer.stop(deadlineMs)),
      wakeUps.stop(deadlineMs),
    ]);
    const late = wait(Math.max(0, deadlineMs - HAND_BACK), 'late');
    if ((await Promise.race([drained, late])) === 'late')
      await engine.running.handBack(context.pool).catch(complain);
    await drained;
    await Promise.all(loops.map((loop) => loop.stop()));
    engine.hints.flush();
  }
}

/** Takes tasks of a queue, as many at once as there are slots. */
function serve(engine: TaskEngine, queue: 'task' | 'urgent', concurrency: number) {
  const room = new Room(concurrency, (messages) => consumer.resize(messages));
  const consumer = engine.context.broker.consume(queue, taskHandler(engine, room), { concurrency });
  return { room, consumer };
}

async function renew({ context, running, hints }: TaskEngine): Promise<number> {
  hints.tell(...(await running.renewOnce(context.pool)));
  return 0;
}

/** Adds the schedules that every database has. If somebody has changed one, it stays as it is. */
async function addStanding({ context, kinds, hints }: TaskEngine): Promise<void> {
  for (const { name: kind, standing } of kinds.values()) {
    if (!standing) continue;
    const { name, data, cron = null, everyMs = null, timeZone = 'UTC' } = standing;
    await addSchedule(context.pool, { name, kind, data, accountId: null, cron, everyMs, timeZone });
  }
  hints.tell('schedules');
}

import { setTimeout as wait } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { SECOND } from '#core/durations.ts';
import { nextWakeUp } from '#core/tasks/wake-ups.ts';
import { startLoop } from '#worker/loop.ts';
import type { TaskEngine } from '#worker/tasks/engine.ts';
import { runByKey } from '#worker/tasks/run-task.ts';
import type { Room } from '#worker/tasks/slots.ts';

const AWAY_PAUSE = SECOND;

/**
 * Runs the tasks that workers are woken for, while a slot is free. `stop` waits for what runs, up to its deadline. Close the
 * room before you call it.
 */
export function answerWakeUps(engine: TaskEngine, room: Room): { stop(deadlineMs: number): Promise<void> } {
  const { hints } = engine.context;
  const redis = hints instanceof Cluster ? hints.duplicate() : hints.duplicate();
  redis.on('error', () => {}); // every command reports its own failure
  const running = new Set<Promise<unknown>>();
  // While the store is away there are no wake-ups; messages still come.
  const loop = startLoop(
    () => answerOnce(),
    AWAY_PAUSE,
    () => {},
  );
  return { stop };

  async function answerOnce(): Promise<number> {
    await room.running.free();
    // Some runs have ended, and their results wait to be written.
    if (running.size >= 2 * room.running.size) await Promise.race(running);
    const uniqueKey = await nextWakeUp(redis);
    if (uniqueKey !== null) track(runByKey(engine, room, uniqueKey));
    return 1;
  }

  function track(run: Promise<void>): void {
    // What the ledger refused is logged already. If a wake-up led to nothing, the task's message still comes.
    const tracked: Promise<unknown> = run.catch(() => {}).then(() => running.delete(tracked));
    running.add(tracked);
  }

  async function stop(deadlineMs: number): Promise<void> {
    redis.disconnect();
    await loop.stop();
    await Promise.race([Promise.all(running), wait(deadlineMs, undefined, { ref: false })]);
  }
}

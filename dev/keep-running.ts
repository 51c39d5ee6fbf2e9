import { setTimeout as sleep } from 'node:timers/promises';
import { doubled } from '#core/backoff.ts';
import { WRONG_CONFIG } from '#core/config.ts';
import { SECOND } from '#core/durations.ts';
import { type Log, seconds } from './log.ts';
import { describeExit, type Exit, type Running } from './program.ts';

/** A program that cannot start says so six times a minute, not sixty. */
const WAIT = { baseMs: SECOND / 2, capMs: 10 * SECOND };
/** A program that ran for this long is healthy: its next death counts as its first. */
const STEADY = 30 * SECOND;

export type Supervised = {
  name: string;
  /** The process that runs now, or ran last. */
  pid(): number;
  /** Starts a new process, and stops the old one once the new one is ready. Throws when it does not become ready. */
  replace(limits: { readyMs: number; stopMs: number }): Promise<void>;
  /** Stops it for good. May be called twice. */
  stop(deadlineMs: number): Promise<void>;
  kill(): void;
};

/**
 * Starts a program again whenever it ends, after a wait that doubles, and logs it. A program that ended for its
 * configuration is not started again: it would end again, for ever.
 */
export function keepRunning(first: Running, again: () => Promise<Running>, log: Log): Supervised {
  let current = first;
  const stopping = new AbortController();
  const watching = watch();

  async function watch() {
    for (let deaths = 0; ; deaths++) {
      const started = performance.now();
      const watched = current;
      const exit = await watched.exited;
      if (stopping.signal.aborted) return;
      if (watched !== current) continue; // another one has taken its place
      if (exit.code === WRONG_CONFIG)
        return log(`${current.name} ended, and is not started again: see its lines above`);
      if (performance.now() - started > STEADY) deaths = 0;
      await startAgain(exit, doubled(WAIT, deaths));
      if (stopping.signal.aborted) return;
    }
  }

  async function startAgain(exit: Exit, wait: number) {
    log(`${current.name} ended (${describeExit(exit)}), starting it again in ${seconds(wait)}`);
    try {
      await sleep(wait, undefined, { signal: stopping.signal });
      current = await again();
    } catch (error) {
      if (!stopping.signal.aborted) log(`${current.name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  async function replace({ readyMs, stopMs }: { readyMs: number; stopMs: number }) {
    const old = current;
    const next = await again();
    const isReady = await Promise.race([
      next.ready.then(() => true),
      next.exited.then(() => false),
      sleep(readyMs, false, { ref: false }),
    ]);
    if (!isReady || stopping.signal.aborted) {
      await next.stop(0);
      throw new Error(`${next.name} was not ready within ${seconds(readyMs)}, the one before goes on`);
    }
    current = next;
    await old.stop(stopMs);
  }

  return {
    replace,
    name: first.name,
    pid: () => current.pid,
    kill: () => {
      stopping.abort();
      current.kill();
    },
    stop: async (deadlineMs) => {
      stopping.abort();
      await current.stop(deadlineMs);
      await watching;
      // A new process may have been starting when the stop came.
      await current.stop(deadlineMs);
    },
  };
}

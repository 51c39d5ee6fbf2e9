import { setTimeout as sleep } from 'node:timers/promises';
import { doubled } from '#core/backoff.ts';
import { WRONG_CONFIG } from '#core/config.ts';
import { SECOND } from '#core/durations.ts';
import { type Log, seconds } from './log.ts';
import { describeExit, type Exit, type Running } from './program.ts';

/** With this cap, a program that cannot start says so six times a minute, not sixty. */
const WAIT = { baseMs: SECOND / 2, capMs: 10 * SECOND };
/** A program that ran for this long is healthy: its next death counts as its first. */
const STEADY = 30 * SECOND;

export type Supervised = {
  name: string;
  /** The process that runs now, or ran last. */
  pid(): number;
  /** Starts a new process, and stops the old one once the new one is ready. Throws when it does not become ready. */
  replace(limits: { readyMs: number; stopMs: number }): Promise<void>;
  /** Kills it, or asks it to end, and keeps it down until `up`. Resolves when it has ended. May be called twice. */
  down(how: 'kill' | 'stop'): Promise<void>;
  /** Starts it again after `down`; resolves when it has been started, or is to be stopped. May be called twice. */
  up(): Promise<void>;
  /** Stops the process in the middle of its work, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Sends the process that runs now a message. */
  send(message: object): void;
  /** Stops it for good. May be called twice. */
  stop(deadlineMs: number): Promise<void>;
  kill(): void;
};

/**
 * Starts a program again whenever it ends, after a wait that doubles, and logs it. A program that ended because of its
 * configuration is not started again: it would only end again.
 */
export function keepRunning(first: Running, again: () => Promise<Running>, log: Log): Supervised {
  let current = first;
  const stopping = new AbortController();
  /** Held down on purpose: resolves when it may start again. */
  let held: Hold | undefined;
  const watching = watch();

  async function watch() {
    for (let deaths = 0; ; deaths++) {
      const started = performance.now();
      const watched = current;
      const exit = await watched.exited;
      if (stopping.signal.aborted) return;
      if (watched !== current) continue; // another one has taken its place
      if (held) {
        deaths = -1;
        await startHeld(held);
        continue;
      }
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
      if (held) return; // meanwhile somebody wants it down
      current = await again();
      if (held) current.kill();
    } catch (error) {
      if (!stopping.signal.aborted) log(`${current.name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Starts what was held down, without a wait. If that fails, it is started again like any other that ended. */
  async function startHeld(hold: Hold) {
    await Promise.race([hold.released, aborted(stopping.signal)]);
    if (!stopping.signal.aborted)
      await again().then(
        (next) => {
          current = next;
        },
        (error) => log(`${current.name}: ${error instanceof Error ? error.message : error}`),
      );
    if (stopping.signal.aborted) await current.stop(0);
    held = undefined;
    hold.started();
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
    down: async (how) => {
      held ??= new Hold();
      if (how === 'kill') current.kill();
      await current.stop(how === 'kill' ? 0 : STOP);
    },
    up: async () => {
      const hold = held;
      hold?.release();
      await hold?.isUp;
    },
    freeze: () => current.freeze(),
    thaw: () => current.thaw(),
    send: (message) => current.send(message),
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

/** How long a program may take to end when it is only to be down for a while. A busy server takes about a second. */
const STOP = 10 * SECOND;

/** A program that is kept down on purpose: until it may start, and until it has. */
class Hold {
  release = () => {};
  started = () => {};
  readonly released = new Promise<void>((resolve) => {
    this.release = resolve;
  });
  readonly isUp = new Promise<void>((resolve) => {
    this.started = resolve;
  });
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

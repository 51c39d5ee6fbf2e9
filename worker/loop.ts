import { setTimeout as wait } from 'node:timers/promises';

/** One batch of some standing work; returns how much it did. */
export type RunOnce = () => Promise<number>;

export type Loop = {
  /** Ends after the batch that runs now. May be called twice. */
  stop(): Promise<void>;
};

/** Milliseconds until the next look when there was no work. If it is a function, that must not fail. */
export type Idle = number | (() => Promise<number>);

/** Repeats `runOnce`: at once while there is work, and after `idle` when there is none or it has failed. */
export function startLoop(runOnce: RunOnce, idle: Idle, onError: (error: unknown) => void): Loop {
  const stopping = new AbortController();
  const ended = run(runOnce, { idle, onError, signal: stopping.signal });
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

type Run = { idle: Idle; onError: (error: unknown) => void; signal: AbortSignal };

async function run(runOnce: RunOnce, { idle, onError, signal }: Run): Promise<void> {
  while (!signal.aborted) {
    const done = await runOnce().catch((error: unknown) => {
      onError(error);
      return 0;
    });
    if (done > 0) continue;
    const idleMs = typeof idle === 'number' ? idle : await idle();
    await wait(idleMs, undefined, { signal }).catch(() => {});
  }
}

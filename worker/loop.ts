import { setTimeout as wait } from 'node:timers/promises';

/** One batch of some standing work; returns how much it did. */
export type RunOnce = () => Promise<number>;

export type Loop = {
  /** Ends after the batch that runs now. May be called twice. */
  stop(): Promise<void>;
};

/** Repeats `runOnce`: again at once while there is work, after `idleMs` when there is none or it failed. */
export function startLoop(runOnce: RunOnce, idleMs: number, onError: (error: unknown) => void): Loop {
  const stopping = new AbortController();
  const ended = run(runOnce, { idleMs, onError, signal: stopping.signal });
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

type Run = { idleMs: number; onError: (error: unknown) => void; signal: AbortSignal };

async function run(runOnce: RunOnce, { idleMs, onError, signal }: Run): Promise<void> {
  while (!signal.aborted) {
    const done = await runOnce().catch((error: unknown) => {
      onError(error);
      return 0;
    });
    if (done === 0) await wait(idleMs, undefined, { signal }).catch(() => {});
  }
}

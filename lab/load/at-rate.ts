import { setTimeout as wait } from 'node:timers/promises';

/**
 * Calls `act` so many times a second until the signal, whether the calls before are over or not. `due` is when this call
 * should have come, in ms as `performance.now()` counts: from there on somebody waits, also when the timer is late.
 */
export async function atRate(
  perSecond: number,
  act: (due: number, number: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  for (let number = 0; !signal.aborted; number++) {
    const due = began + (number * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await wait(early, undefined, { signal }).catch(() => {});
    if (!signal.aborted) act(due, number);
  }
}

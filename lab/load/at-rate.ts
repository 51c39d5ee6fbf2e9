import { setTimeout as wait } from 'node:timers/promises';

/**
 * Calls `act` at a steady rate until the signal, whether the calls before are over or not. `due` is when this call
 * should have come, in ms by `performance.now()`. Measure waits from there, because the timer may be late.
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

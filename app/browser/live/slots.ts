/** Six open streams block every other request of a browser to one origin; four leave room for fetches. */
const SLOTS = 4;

/**
 * A slot lets a tab hold a stream. All tabs of this browser share four, by Web Locks. `granted` is called when a slot
 * is ours, at once or later. `none` is called at once when all are taken. Returns how to give the slot back, or to stop
 * asking. Without Web Locks (a page that is not served securely) every tab gets one.
 */
export function takeSlot({ granted, none }: { granted(): void; none(): void }): () => void {
  if (!navigator.locks) {
    granted();
    return () => {};
  }
  const asking = new AbortController();
  void takeAny(asking, { granted, none });
  return () => asking.abort();
}

async function takeAny(asking: AbortController, { granted, none }: { granted(): void; none(): void }) {
  for (let slot = 0; slot < SLOTS; slot++) {
    if (await holdIfFree(slot, asking.signal, granted)) return;
  }
  if (asking.signal.aborted) return;
  none();
  const race = new AbortController();
  asking.signal.addEventListener('abort', () => race.abort(), { once: true });
  let won = false;
  for (let slot = 0; slot < SLOTS; slot++) {
    navigator.locks
      .request(`live-slot-${slot}`, { signal: race.signal }, () => {
        if (won || asking.signal.aborted) return;
        won = true;
        // Ends the requests for the other three. One that was granted meanwhile returns at once, above.
        queueMicrotask(() => race.abort());
        granted();
        return untilAborted(asking.signal);
      })
      .catch(ignoreAbort);
  }
}

function holdIfFree(slot: number, signal: AbortSignal, granted: () => void): Promise<boolean> {
  return new Promise((resolve) => {
    navigator.locks
      .request(`live-slot-${slot}`, { ifAvailable: true }, (lock) => {
        const ours = lock !== null && !signal.aborted;
        resolve(ours || signal.aborted);
        if (!ours) return;
        granted();
        return untilAborted(signal);
      })
      .catch(ignoreAbort);
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
}

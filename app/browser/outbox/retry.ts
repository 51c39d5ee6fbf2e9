import { fullJitter } from '#core/backoff.ts';
import { SECOND } from '#core/durations.ts';

/** How many tries a tweet has when the answers say *not now*, and how long the waits between them are. */
export const RETRY = { baseMs: SECOND, capMs: 30 * SECOND, tries: 6 } as const;

/**
 * How long to wait after so many tries, or null when no try is left. The jitter comes on top of `Retry-After`. If the
 * wait were the larger of the two, everybody with the same `Retry-After` would come back in the same instant.
 */
export function waitBeforeRetry(
  triesDone: number,
  retryAfterMs: number | null,
  random = Math.random,
): number | null {
  if (triesDone >= RETRY.tries) return null;
  return (retryAfterMs ?? 0) + fullJitter(RETRY, triesDone - 1, random);
}

/** How long to wait after so many lost answers. There is no last try, because it is unknown whether it was accepted. */
export function waitAfterLoss(triesDone: number, random = Math.random): number {
  return fullJitter(RETRY, triesDone - 1, random);
}

/** The event for a press of *Try now*. */
export const TRY_NOW = 'outbox-try-now';
/** The event for a server that is heard again. */
export const SERVER_BACK = 'outbox-server-back';

/** Resolves after so long, or never with null, and at once when one of these events comes. Rejects when `signal` aborts. */
export function waitFor(ms: number | null, events: string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const finish = (settle: () => void) => () => {
      clearTimeout(timer);
      over.abort();
      settle();
    };
    const timer = ms === null ? undefined : setTimeout(finish(resolve), ms);
    for (const event of events) window.addEventListener(event, finish(resolve), { signal: over.signal });
    signal.addEventListener(
      'abort',
      finish(() => reject(signal.reason)),
      { signal: over.signal },
    );
  });
}

import { halfJitter } from '#core/backoff.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import type { Envelope } from './envelope.ts';
import { DeadLetter, type Delivery, type Handler, RetryLater } from './port.ts';

const BACKOFF = { baseMs: SECOND, capMs: MINUTE / 2 };

/**
 * Milliseconds until a message whose handler threw is handed out again. `starts` says how often it was handed out so
 * far. There is no last time: the ledger decides when to give up.
 */
export const backoffMs = (starts: number): number => halfJitter(BACKOFF, starts - 1);

/** What becomes of a message: it is done, or a copy of it waits for its time, or a copy lies with the dead letters. */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'later'; copy: Partial<Envelope> & { due: number } }
  | { kind: 'dead'; copy: Partial<Envelope> };

/** Hands a message to its handler, unless its time has not come. Never rejects. */
export async function outcomeOf(
  handler: Handler,
  envelope: Envelope,
  { redelivered, signal }: Pick<Delivery, 'redelivered' | 'signal'>,
): Promise<Outcome> {
  const { body, headers, due } = envelope;
  if (due > Date.now()) return { kind: 'later', copy: envelope };
  const starts = envelope.starts + 1;
  try {
    await handler({ body, headers, redelivered: redelivered || starts > 1, signal });
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof DeadLetter) {
      return { kind: 'dead', copy: { body, headers, error: error.message, diedAt: Date.now() } };
    }
    const delay = error instanceof RetryLater ? error.delayMs : backoffMs(starts);
    return { kind: 'later', copy: { body, headers, starts, due: Date.now() + delay } };
  }
}

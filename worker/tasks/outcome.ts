import { BrokerAway, DeadLetter, RetryLater } from '#broker/port.ts';
import { isPostgresAway, isStoreAway } from '#core/away.ts';
import { SECOND } from '#core/durations.ts';
import { NotKept } from '#core/tasks/json.ts';
import { Cancelled, LeaseLost, Stopping, TimeLimit } from '#worker/tasks/task-kind.ts';

/** How an attempt ended: a closed set. `left`: somebody else writes the end of this task, or has written it. */
export type Outcome =
  | { kind: 'succeeded'; result: string }
  | { kind: 'put off'; delayMs: number; reason: string }
  | { kind: 'failed'; error: string }
  | { kind: 'given up'; error: string }
  | { kind: 'cancelled' }
  | { kind: 'left' };

const AWAY_DELAY = SECOND; // until a task is tried again whose server is away

/** What the error of a run means. `reason` says why its signal was aborted, if it was. */
export function outcomeOf(error: unknown, reason: unknown): Outcome {
  if ([error, reason].some((each) => each instanceof LeaseLost || each instanceof Stopping))
    return { kind: 'left' };
  if ([error, reason].some((each) => each instanceof Cancelled)) return { kind: 'cancelled' };
  if (reason instanceof TimeLimit) return { kind: 'failed', error: inWords(reason) };
  if (error instanceof RetryLater) return { kind: 'put off', delayMs: error.delayMs, reason: error.message };
  if (error instanceof DeadLetter) return { kind: 'given up', error: error.message };
  if (error instanceof NotKept) return { kind: 'given up', error: error.message };
  if (isNobodysFault(error)) return { kind: 'put off', delayMs: AWAY_DELAY, reason: inWords(error) };
  return { kind: 'failed', error: inWords(error) };
}

const inWords = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** Does not count what is not the task's own fault. */
const isNobodysFault = (error: unknown): boolean =>
  isStoreAway(error) || isPostgresAway(error) || error instanceof BrokerAway;

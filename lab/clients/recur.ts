import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND } from '#core/durations.ts';
import { type Answer, type Caller, request } from './session.ts';

/** A schedule that somebody had for a while. Times are in ms since 1970. */
export type Recurring = {
  name: string;
  everyMs: number;
  /** When it was asked for. */
  addedAt: number;
  /** When its removal was answered. */
  removedAt: number;
};

const EVERY = SECOND; // the shortest interval that a schedule may have
const AGAIN = 200; // ms

/** Adds a schedule, lets it tick until `signal`, and removes it. */
export async function recur(who: Caller, name: string, signal: AbortSignal): Promise<Recurring> {
  const addedAt = Date.now();
  const body = { name, kind: 'trends', everyMs: EVERY };
  const add = () => request(who, { method: 'POST', path: '/api/schedules', body });
  // 400: the request before was done, although its answer was lost.
  await until(add, [201, 400]);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  await until(() => request(who, { method: 'DELETE', path: `/api/schedules/${name}` }), [204, 404]);
  return { name, everyMs: EVERY, addedAt, removedAt: Date.now() };
}

/** Asks until the answer is one of these. It always ends, because everything heals in the end. */
async function until(ask: () => Promise<Answer>, statuses: number[]): Promise<void> {
  while (!statuses.includes((await ask())?.status ?? 0)) await sleep(AGAIN);
}

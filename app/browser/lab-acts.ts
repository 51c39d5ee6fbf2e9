import { as } from '#app/browser/api.ts';
import { answer, done, openApi } from '#app/browser/http.ts';
import { noteRun } from '#app/browser/learned.ts';
import { oneRun } from '#app/browser/shapes.ts';
import type { FaultKind } from '#core/lab/fault-kinds.ts';

/** Requests that break something. They have a file of their own, so that only the pages that use them load it. */

const { api } = openApi();

/** What to break: its kind; the letter of a worker, how many are to run, or an account; and for how many seconds. */
export type ToBreak = {
  kind: FaultKind;
  worker?: string;
  workers?: number;
  account?: string;
  seconds?: number;
};

/** Breaks a part of the running system. The stream tells what is broken. */
export const causeFault = (order: ToBreak, account: string): Promise<void> =>
  done(api.lab.faults.$post({ json: order }, as(account)));

/** Restores everything. */
export const resetLab = (account: string): Promise<void> => done(api.lab.reset.$post({}, as(account)));

/** What to run, with which seed, prediction, size, broker and dials. */
export type ToRun = {
  experiment: string;
  seed?: number;
  prediction?: string;
  size?: number;
  broker?: string;
  dials?: Record<string, number>;
};

/** Runs an experiment. The same seed gives the same run again. The stream tells how it goes. */
export async function startRun(order: ToRun, account: string): Promise<void> {
  const { run } = await answer(api.lab.runs.$post({ json: order }, as(account)), oneRun);
  noteRun(run);
}

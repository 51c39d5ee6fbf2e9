import { as } from '#app/browser/api.ts';
import { answer, done, openApi } from '#app/browser/http.ts';
import { noteRun } from '#app/browser/learned.ts';
import { oneRun } from '#app/browser/shapes.ts';
import type { FaultKind } from '#core/lab/fault-kinds.ts';

/** What breaks something: apart from the others, so that only pages that do it load it. What comes of it comes by the stream. */

const { api } = openApi();

/** What to break: its kind, the letter of a worker or how many are to run, and for how many seconds. */
export type ToBreak = {
  kind: FaultKind;
  worker?: string;
  workers?: number;
  seconds?: number;
};

/** Breaks a part of the running system. What is broken comes by the stream. */
export const causeFault = (order: ToBreak, account: string): Promise<void> =>
  done(api.lab.faults.$post({ json: order }, as(account)));

/** Restores everything. */
export const resetLab = (account: string): Promise<void> => done(api.lab.reset.$post({}, as(account)));

/** What to run, with a seed, what is expected, how many of what it posts, breaks or reads, and on which broker. */
export type ToRun = {
  experiment: string;
  seed?: number;
  prediction?: string;
  size?: number;
  broker?: string;
};

/** Runs an experiment; the same seed gives the same run again. How it goes comes by the stream. */
export async function startRun(order: ToRun, account: string): Promise<void> {
  const { run } = await answer(api.lab.runs.$post({ json: order }, as(account)), oneRun);
  noteRun(run);
}

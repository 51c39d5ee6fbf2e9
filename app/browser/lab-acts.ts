import { as } from '#app/browser/api.ts';
import { done, openApi } from '#app/browser/http.ts';
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

/** Runs an experiment; the same seed gives the same run again. The run comes by the stream. */
export const startRun = (
  order: { experiment: string; seed?: number; prediction?: string; broker?: string },
  account: string,
): Promise<void> => done(api.lab.runs.$post({ json: order }, as(account)));

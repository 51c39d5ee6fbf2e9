import type { BrokerName } from '#broker/variables.ts';
import type { Dials, Verdict } from '#core/lab/experiment.ts';
import { checkRun } from './check-run.ts';
import type { StageExperiment } from './experiment.ts';
import { type OwnStage, openOwnStage } from './own-stage.ts';
import { RunStage } from './run-stage.ts';
import type { Supervisor } from './supervisor.ts';
import { watchStage } from './watch-stage.ts';

export type StagePlay = {
  experiment: StageExperiment;
  order: { seed: number; size: number; dials: Dials };
  report: Supervisor['report'];
};

/** Builds a stage, plays an experiment on it, and throws the stage away. */
export async function playOnStage(play: StagePlay & { broker: BrokerName }): Promise<Verdict> {
  const { experiment, order, broker, report } = play;
  report({ run: 'moment', text: `a stage of its own is being built, with ${broker}` });
  const needs = { ...experiment.needs, ...experiment.dialled?.(order.dials) };
  const stage = await openOwnStage(needs, { broker, log: console.log });
  try {
    return await playOn(stage, play);
  } finally {
    await stage.close();
  }
}

/**
 * Runs an experiment on a stage that is already built, reports figures of the stage meanwhile, and judges the result.
 */
export async function playOn(stage: OwnStage, { experiment, order, report }: StagePlay): Promise<Verdict> {
  const { title } = experiment.info;
  const { url } = stage.web;
  const supervisor = { report, ...NOT_HERE };
  const run = await RunStage.open({ ...order, title, url, connections: stage, supervisor });
  run.note('the stage is ready');
  const stop = watchStage({
    ...{ stage, shown: () => run.shown },
    tell: (figures) => report({ run: 'stage', figures }),
  });
  try {
    const outcome = await experiment.run(run, stage);
    report({ run: 'checking' });
    const findings = [...(outcome.findings ?? []), ...stage.deaths];
    return await checkRun(run, { ...outcome, findings });
  } finally {
    await stop();
  }
}

const refuse = () =>
  Promise.reject(new Error('Expected an experiment on a stage to break its stage, and not this system'));
const NOT_HERE = { cause: refuse, heal: refuse };

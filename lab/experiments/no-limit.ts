import type { Round } from '#lab/bench/overload/round.ts';
import { checkBound, isInTime } from '#lab/check/check-bound.ts';
import { isInOrder, type StageExperiment } from './experiment.ts';
import { LOADED, measuredOf, OVERLOAD, readyForLoad } from './overloaded.ts';

/** The answers that people may give about an overload, with a limit or without. */
export const OVERLOADED: StageExperiment['info']['answers'] = [
  { id: 'promised', text: 'Deliveries take no longer than promised.' },
  { id: 'longer', text: 'They take longer and longer, for everybody, as long as it lasts.' },
  { id: 'nothing', text: 'Nothing is delivered any more.' },
];

/** Posts three times the capacity without a limit. The checker must find that the backlog exceeds its bound. */
export const noLimit: StageExperiment = {
  info: {
    id: 'no-limit',
    title: 'Too much, and no limit',
    statement: 'A queue without a bound hides an overload, until everybody waits for it.',
    question: `Three times as many tweets come as can be delivered, and every one is accepted. What happens to their deliveries?`,
    answers: OVERLOADED,
    breaks: 'Posts three times as much as the stage can deliver, without admission.',
    why: 'The workers deliver as fast as before; what comes on top waits behind all that came earlier. So the wait is the backlog divided by the rate, and both grow for as long as more comes than is done (core/admission/admission.ts is switched off here).',
    decision: 'docs/decisions/005-the-backlog-is-a-row.md',
    size: { of: 'seconds of overload', usual: 10, most: 60 },
    takes: 40,
    brokers: ['bullmq'],
  },
  needs: LOADED,
  mustFail: true,
  async run(run, stage) {
    const { promisedS, play } = await readyForLoad(run, stage);
    const round = await play({ load: OVERLOAD, limit: false, jitter: false });
    const broken = checkBound(round);
    return {
      // Beyond the bound, the next tweet waits longer than promised, even if the load ends before that is seen.
      answer: () => (broken.length > 0 ? 'longer' : answerOf(round, promisedS)),
      measured: measuredOf(round, promisedS),
      findings: broken,
      mustFind: (counted) =>
        broken.length > 0 &&
        counted.findings.length === broken.length &&
        isInOrder({ ...counted, findings: [] }),
    };
  },
};

/** What became of the deliveries, as the id of an answer in {@link OVERLOADED}. */
export function answerOf(round: Round, promisedS: number): string {
  if (round.done === 0) return 'nothing';
  return isInTime(round, promisedS) ? 'promised' : 'longer';
}

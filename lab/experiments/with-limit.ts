import type { Round } from '#lab/bench/overload/round.ts';
import { checkBound } from '#lab/check/check-bound.ts';
import type { StageExperiment } from './experiment.ts';
import { answerOf, OVERLOADED } from './no-limit.ts';
import { LOADED, measuredOf, OVERLOAD, readyForLoad } from './overloaded.ts';

/** The same as no-limit.ts with the limit. Refused clients come back when they are told to. */
export const withLimit: StageExperiment = {
  info: {
    id: 'with-limit',
    title: 'Too much, and a limit',
    statement:
      'A bounded queue keeps its promise to those who are in, and tells the others when to come back.',
    question:
      'Three times as many tweets come as can be delivered. Those beyond the bound are answered 503 with a time to come back. What happens to the deliveries of those that are in?',
    answers: OVERLOADED,
    breaks: 'Posts three times as much as the stage can deliver, with admission.',
    why: 'A tweet is let in only if the whole backlog, at the measured rate, will be done within the promised time. One statement decides that and writes the tweet, so no burst can exceed the bound (core/admission/admission.ts, core/tweets/post-statement.ts).',
    decision: 'docs/decisions/005-the-backlog-is-a-row.md',
    size: { of: 'seconds of overload', usual: 10, most: 60 },
    takes: 40,
    brokers: ['bullmq'],
  },
  needs: LOADED,
  async run(run, stage) {
    const { capacity, promisedS, play } = await readyForLoad(run, stage);
    const round = await play({ load: OVERLOAD, limit: true, jitter: true });
    const inTime = `${Math.round((100 * round.inTime) / capacity)} %`;
    return {
      answer: () => (isSlower(round, capacity) ? null : answerOf(round, promisedS)),
      measured: [
        ...measuredOf(round, promisedS),
        { name: 'delivered in time, of what can be', value: inTime },
      ],
      findings: checkBound(round),
    };
  },
};

/** Below this share of what was delivered just before, the machine does something else, and no promise can be measured. */
const SLOWER = 0.6;

/** Also when tweets were let in and none was done in the time that is measured: their delivery was checked afterwards. */
const isSlower = ({ done, seen }: Round, capacity: number): boolean =>
  done < SLOWER * capacity && (done > 0 || seen.admitted > 0);

import type { Round } from '#lab/bench/overload/round.ts';
import { checkBound } from '#lab/check/check-bound.ts';
import { significant } from '#lab/harness/table.ts';
import type { StageExperiment } from './experiment.ts';
import { LOADED, OVERLOAD, readyForLoad } from './overloaded.ts';

/** Compares refused clients that come back exactly when they are told to with clients that add a random wait. */
export const backoffJitter: StageExperiment = {
  info: {
    id: 'backoff-jitter',
    title: 'Coming back, with jitter and without',
    statement:
      'A random wait spreads clients that were all told the same time. A place in line gives each client a time of its own.',
    question:
      'Refused clients come back after Retry-After: first exactly then, later with a random wait on top. Does the random wait get more of them in at their second try?',
    answers: [
      { id: 'more', text: 'Yes: without it they come together, and most are refused again.' },
      { id: 'same', text: 'No: about as many get in, because each was told a different time.' },
      { id: 'fewer', text: 'Fewer: whoever comes later finds the place taken.' },
    ],
    breaks: 'Posts three times as much as the stage can deliver, twice.',
    why: 'Retry-After is a place in line: by Little’s law it says when there will be room behind those who were told earlier, so two clients are not told the same time (core/admission/waiting-list.ts). The jitter is for everybody else: servers without a line, and lost answers (app/browser/outbox/retry.ts).',
    decision: 'docs/decisions/010-retry-after-is-a-place-in-line.md',
    size: { of: 'seconds of overload, twice', usual: 10, most: 60 },
    takes: 50,
    brokers: ['bullmq'],
  },
  needs: LOADED,
  async run(run, stage) {
    const { play } = await readyForLoad(run, stage);
    const load = { load: OVERLOAD, limit: true };
    const exact = await play({ ...load, jitter: false });
    const spread = await play({ ...load, jitter: true });
    return {
      answer: () => compare(spread.seen, exact.seen),
      measured: [
        ...retriesOf('exactly when told', exact),
        ...retriesOf('with a random wait on top', spread),
        {
          name: 'deliveries a second, exactly and spread',
          value: `${significant(exact.done)}, ${significant(spread.done)}`,
        },
      ],
      findings: [exact, spread].flatMap((round) => checkBound(round)),
    };
  },
};

/** Shares are the same when they differ by less than chance may make: twice the standard error, or a tenth. */
function compare(ours: Retries, theirs: Retries): 'more' | 'same' | 'fewer' {
  const [n, m] = [ours.firstRetries, theirs.firstRetries];
  if (n === 0 || m === 0) return 'same';
  const both = (ours.admittedAtFirstRetry + theirs.admittedAtFirstRetry) / (n + m);
  const chance = 2 * Math.sqrt(both * (1 - both) * (1 / n + 1 / m));
  const more = ours.admittedAtFirstRetry / n - theirs.admittedAtFirstRetry / m;
  if (Math.abs(more) <= Math.max(chance, 0.1)) return 'same';
  return more > 0 ? 'more' : 'fewer';
}

type Retries = Pick<Round['seen'], 'firstRetries' | 'admittedAtFirstRetry'>;

const retriesOf = (name: string, round: Round) => [
  {
    name: `${name}: second tries that got in`,
    value: `${round.seen.admittedAtFirstRetry} of ${round.seen.firstRetries}`,
  },
  { name: `${name}: answers 503`, value: String(round.seen.refusals) },
];

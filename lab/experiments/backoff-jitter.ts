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
    size: { of: 'seconds of overload, twice', least: 5, usual: 10, most: 60 },
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
      answer: () => compare(spread, exact),
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

/** Shares are the same when they differ by less than this, or by twice their standard error. */
const CLOSE = 0.25;
/** With fewer second tries there is nothing to compare. */
const ENOUGH = 10;
/** When one load was delivered so many times faster, the machine was not the same for both. */
const UNLIKE = 1.5;

type Retries = Pick<Round['seen'], 'firstRetries' | 'admittedAtFirstRetry'>;
type Load = Pick<Round, 'done'> & { seen: Retries };

/** Compares the second tries that got in: with the random wait against without. Null when that cannot be told. */
export function compare(spread: Load, exact: Load): 'more' | 'same' | 'fewer' | null {
  const [ours, theirs] = [spread.seen, exact.seen];
  if (Math.min(ours.firstRetries, theirs.firstRetries) < ENOUGH) return null;
  const more = shareOf(ours) - shareOf(theirs);
  if (Math.abs(more) <= Math.max(CLOSE, 2 * standardError(ours, theirs))) return 'same';
  if (Math.max(spread.done, exact.done) > UNLIKE * Math.min(spread.done, exact.done)) return null;
  return more > 0 ? 'more' : 'fewer';
}

const shareOf = ({ firstRetries, admittedAtFirstRetry }: Retries) => admittedAtFirstRetry / firstRetries;

function standardError(ours: Retries, theirs: Retries): number {
  const [n, m] = [ours.firstRetries, theirs.firstRetries];
  const both = (ours.admittedAtFirstRetry + theirs.admittedAtFirstRetry) / (n + m);
  return Math.sqrt(both * (1 - both) * (1 / n + 1 / m));
}

const retriesOf = (name: string, round: Round) => [
  {
    name: `${name}: second tries that got in`,
    value: `${round.seen.admittedAtFirstRetry} of ${round.seen.firstRetries}`,
  },
  { name: `${name}: answers 503`, value: String(round.seen.refusals) },
];

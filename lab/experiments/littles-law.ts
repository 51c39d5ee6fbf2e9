import type { Round } from '#lab/bench/overload/round.ts';
import { significant, time, whole } from '#lab/harness/table.ts';
import type { StageExperiment } from './experiment.ts';
import { LOADED, readyForLoad } from './overloaded.ts';

const BELOW = 0.5;
const ABOVE = 3;
/**
 * Both sides may differ by this share of L, because in a short window some come that leave after it. Where the law says
 * nothing, they differ by a multiple.
 */
const CLOSE = 0.5;
/** A backlog of so many times the largest one below the capacity has not settled, but grows. */
const SETTLED = 2;
/** When not even so many times as much came as was done, the machine did not bring about the overload. */
const OVERLOADED = 1.5;

/** Compares L with λ·W while less comes than can be delivered, and measures how the backlog grows while more comes. */
export const littlesLaw: StageExperiment = {
  info: {
    id: 'littles-law',
    title: 'Little’s law, stable and not',
    statement:
      'The number that wait is the number that come in a second, times how long each one waits, as long as no more come than leave.',
    question: `Tweets come at ${BELOW} times what can be delivered, then at ${ABOVE} times. What happens to the number of deliveries that wait?`,
    answers: [
      {
        id: 'follows',
        text: 'The first time it settles at arrivals × wait. The second time it grows for as long as the load lasts.',
      },
      { id: 'settles', text: 'It settles both times, the second time higher.' },
      { id: 'grows', text: 'It grows both times, the second time faster.' },
    ],
    breaks: 'Posts more than the stage can deliver, without admission.',
    why: 'Below the capacity as much leaves as comes, and L = λ·W holds for the averages of any such time. Above it the difference stays in the queue, so the wait never settles, and the console says growing instead of a number (core/console/littles-law.ts).',
    decision: 'docs/decisions/010-retry-after-is-a-place-in-line.md',
    size: { of: 'seconds of each', usual: 10, most: 60 },
    takes: 45,
    brokers: ['bullmq'],
  },
  needs: LOADED,
  async run(run, stage) {
    const { author, play } = await readyForLoad(run, stage);
    const below = await play({ load: BELOW, limit: false, jitter: false });
    const above = await play({ load: ABOVE, limit: false, jitter: false });
    const predicted = below.done * below.meanWaitS;
    const difference = Math.abs(below.meanBacklog - predicted) / below.meanBacklog;
    const came = (above.seen.offered * author.followerCount) / run.options.size;
    const growth = growthIn(above);
    return {
      answer: () => answerOf({ below, above, came, difference }),
      measured: [
        { name: `L, deliveries that wait, at ${BELOW} times`, value: whole(Math.round(below.meanBacklog)) },
        {
          name: 'λ·W, deliveries a second times their wait',
          value: `${significant(below.done)} × ${time(below.meanWaitS, 's')} = ${whole(Math.round(predicted))}`,
        },
        { name: 'how far apart', value: `${significant(100 * difference)} %` },
        {
          name: `growth at ${ABOVE} times, deliveries a second`,
          value: growth === 0 ? 'none' : significant(growth),
        },
        { name: 'came less what was done, a second', value: significant(came - above.done) },
        { name: 'wait at the end, of 99 of 100 at most', value: time(above.waitP99, 's') },
      ],
    };
  },
};

type Loads = { below: Load; above: Load; came: number; difference: number };
type Load = Pick<Round, 'law' | 'mostBacklog' | 'done'>;

/**
 * The answer that both loads give. `came` is in deliveries a second above the capacity, `difference` the share of L by which the
 * law is off below it. There nothing can grow for long, unless the machine does something else: that is no answer.
 */
export function answerOf({ below, above, came, difference }: Loads): 'follows' | 'settles' | null {
  if (came < OVERLOADED * above.done) return null;
  if (growthIn(above) === 0 && above.mostBacklog < SETTLED * below.mostBacklog) return 'settles';
  return below.law?.state === 'growing' || !(difference <= CLOSE) ? null : 'follows';
}

/** How many more deliveries come than leave in a second. 0 in a steady state. */
const growthIn = ({ law }: Pick<Round, 'law'>): number =>
  law?.state === 'growing' || law?.state === 'settling' ? Math.max(0, law.perSecond) : 0;

import type { Verdict } from '#core/lab/experiment.ts';
import { type Crash, LANES, type LaneName, type Race } from '#core/lab/race.ts';
import { sentenceOf, time } from '#core/lab/race-result.ts';
import { whole } from '#lab/harness/table.ts';

/** The lanes by the names that people read. */
const NAMES: Record<LaneName, string> = {
  request: 'in the request',
  job: 'one job',
  chunked: 'chunked',
  pulled: 'pulled at read',
};

/** All that a race has measured, as lines of a verdict. */
export function measuredOf(race: Omit<Race, 'run'>): Verdict['measured'] {
  const times = race.heats.flatMap(({ followers, lanes }) =>
    LANES.map((name) => {
      const { answerMs, firstMs, medianMs, lastMs } = lanes[name];
      return {
        name: `${whole(followers)} followers, ${NAMES[name]}: author waits; first, median, last has it`,
        value: `${time(answerMs)}; ${[firstMs, medianMs, lastMs].map(time).join(', ')}`,
      };
    }),
  );
  const { reads } = race;
  return [
    { name: 'in one sentence', value: sentenceOf(race) },
    ...times,
    ...race.crashes.map(crashLine),
    ...(reads
      ? [
          {
            name: 'a page of home, read with the tweet pushed; with its author’s list beside it',
            value: `${time(reads.pushedMs)}; ${time(reads.pulledMs)}`,
          },
        ]
      : []),
  ];
}

const crashLine = ({ lane, followers, atOnce, later, twice, laterS }: Crash) => ({
  name: `killed half-way, ${NAMES[lane]}: had it then; have it ${laterS} s later; missing; twice`,
  value: `${whole(atOnce)}; ${whole(later)}; ${whole(followers - later)}; ${whole(twice)}`,
});

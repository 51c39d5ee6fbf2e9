import { significant, type Table, time, whole } from '#lab/harness/table.ts';
import type { Measured } from '#lab/plan/measure.ts';
import type { Compared, Figures, Sizes } from './compare.ts';

/**
 * Whether a figure has to agree. Below what the system can do, backlog and wait are those of single tweets: milliseconds, in
 * which everything counts that the model leaves out. Who is told each half second's pace is told what was done, too.
 */
const AGREES: Record<keyof Figures, { title: string; foreseen: boolean; told: boolean; alsoBelow: boolean }> =
  {
    done: { title: 'deliveries/s', foreseen: true, told: false, alsoBelow: true },
    admitted: { title: 'admitted', foreseen: true, told: true, alsoBelow: true },
    meanBacklog: { title: 'mean backlog', foreseen: true, told: true, alsoBelow: false },
    meanWaitS: { title: 'mean wait', foreseen: true, told: true, alsoBelow: false },
  };

const NAMES = Object.keys(AGREES) as (keyof Figures)[];

/** The largest difference of a figure that has to agree, as a share. */
export function worstOf(compared: Compared[], model: 'foreseen' | 'told'): number {
  const differences = compared.flatMap((each) =>
    NAMES.filter((name) => AGREES[name][model] && (AGREES[name].alsoBelow || each.load.times > 1)).map(
      (name) => Math.abs(each.real[name] / each[model][name] - 1),
    ),
  );
  return Math.max(...differences);
}

export function compareTable(compared: Compared[], { seconds, wait, followers, large }: Sizes): Table {
  const shown = (name: keyof Figures, value: number) =>
    name === 'meanWaitS' ? time(value, 's') : whole(Math.round(value));
  const rows = compared.flatMap(({ load, real, foreseen, told }) =>
    NAMES.map((name, n) => [
      `${n === 0 ? load.name : ''.padEnd(4)}${n === 0 ? ': ' : ''}${AGREES[name].title}`,
      shown(name, real[name]),
      shown(name, foreseen[name]),
      significant(real[name] / foreseen[name]),
      shown(name, told[name]),
      significant(real[name] / told[name]),
    ]),
  );
  return {
    title: `Rounds of ${seconds} s, tweets to ${whole(followers)} and to ${whole(large)} full timelines, promised wait ${wait} s`,
    head: ['', 'real', 'foreseen', '÷', 'told', '÷'],
    rows,
    notes: [
      'foreseen: the model knows only how fast the system was before, with one kind of tweets at a time',
      'told: the model also knows how much work was done in each half second, as other work on the machine takes turns with it',
      'rates, backlogs and waits are those of the last two thirds of a round',
    ],
  };
}

export function workTable(work: Measured): Table {
  return {
    title: 'What work takes here: CPU by process, memory, and disk with indexes',
    head: ['', ''],
    rows: Object.entries(work).map(([name, value]) => [name.replaceAll('_', ' '), significant(value)]),
  };
}

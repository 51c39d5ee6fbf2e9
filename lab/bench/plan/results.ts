import { significant, type Table, time, whole } from '#lab/harness/table.ts';
import type { Measured } from '#lab/plan/measure.ts';
import type { Compared, Figures, Sizes } from './compare.ts';

const TITLES: Record<keyof Figures, string> = {
  done: 'deliveries/s',
  admitted: 'admitted',
  meanBacklog: 'mean backlog',
  meanWaitS: 'mean wait',
};
const NAMES = Object.keys(TITLES) as (keyof Figures)[];

/** The largest difference between the system and the model, as a share. */
export function worstOf(compared: Compared[]): number {
  const differences = compared.flatMap(({ real, model }) =>
    NAMES.map((name) => Math.abs(real[name] / model[name] - 1)),
  );
  return Math.max(...differences);
}

export function compareTable(compared: Compared[], sizes: Sizes): Table {
  const { rounds, seconds, wait, followers, large, delay } = sizes;
  const shown = (name: keyof Figures, value: number) =>
    name === 'meanWaitS' ? time(value, 's') : whole(Math.round(value));
  const rows = compared.flatMap(({ load, real, model }) =>
    NAMES.map((name) => [
      `${load.name}: ${TITLES[name]}`,
      shown(name, real[name]),
      shown(name, model[name]),
      significant(real[name] / model[name]),
    ]),
  );
  return {
    title: `${rounds} rounds of ${seconds} s each, tweets to ${whole(followers)} and to ${whole(large)} full timelines, promised wait ${wait} s`,
    head: ['', 'real', 'model', '÷'],
    rows,
    notes: [
      `without "full speed", the link between workers and store delays each piece by ${delay} ms`,
      'rates, backlogs and waits are means of the last two thirds of all rounds',
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

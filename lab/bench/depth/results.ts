import type { BrokerName } from '#broker/variables.ts';
import { type Curve, drawPanels, type Tone } from '#lab/harness/plot.ts';
import { plain, significant, type Table, thousands, time, whole } from '#lab/harness/table.ts';
import type { Filling, Level } from '#lab/load/fill-queue.ts';
import { TITLES } from '../brokers/contestant.ts';

/** How the filling of one broker went, and how many messages were confirmed and never came. */
export type Depth = Filling & { lost: number };

export type Depths = Map<BrokerName, Depth>;

/** A broker is past its knee below this share of the best rate that it had while fewer messages waited. */
const KNEE = 0.5;

/** How many messages wait when the broker is first past its knee, or takes no more. NaN when neither ever happens. */
export function kneeOf({ levels, end }: Filling): number {
  const isSlow = (level: Level, at: number) =>
    RATES.some((rate) => rate(level) < KNEE * Math.max(...levels.slice(0, at).map(rate)));
  return levels.find(isSlow)?.waiting ?? end?.waiting ?? Number.NaN;
}

const RATES = [(level: Level) => level.publishedPerS, (level: Level) => level.takenPerS];

/** Every figure of every level as `<broker>_<what>_<waiting>`, and each broker's end. */
export function figuresOf(depths: Depths): Record<string, number> {
  const entries = [...depths].flatMap(([name, filling]): [string, number][] => [
    ...filling.levels.flatMap((level) => figuresAt(name, level)),
    [`${name}_lost`, filling.lost],
    ...(Number.isNaN(kneeOf(filling)) ? [] : [[`${name}_knee`, kneeOf(filling)] as [string, number]]),
    ...(filling.end ? [[`${name}_most`, filling.end.waiting] as [string, number]] : []),
  ]);
  return Object.fromEntries(entries);
}

function figuresAt(name: BrokerName, level: Level): [string, number][] {
  const { waiting, publishedPerS, takenPerS, waitS, answerP99Ms, memoryMb } = level;
  const figures = {
    ...{ published_per_s: Math.round(publishedPerS), taken_per_s: Math.round(takenPerS) },
    ...{ wait_s: waitS, answer_p99_ms: answerP99Ms, memory_mb: memoryMb },
  };
  return Object.entries(figures).map(([what, value]) => [`${name}_${what}_${waiting}`, value]);
}

/** One row for each level of each broker. */
export function depthTable(depths: Depths, limitMb: number): Table {
  const rows = [...depths].flatMap(([name, { levels }]) =>
    levels.map(({ waiting, publishedPerS, takenPerS, waitS, answerP99Ms, memoryMb }) => [
      `${TITLES[name]}, ${whole(waiting)} wait`,
      ...[publishedPerS, takenPerS].map((rate) => whole(Math.round(rate))),
      ...[time(answerP99Ms, 'ms'), time(waitS, 's'), `${memoryMb} MB`],
    ]),
  );
  return {
    title: `Messages that wait, in a server that may use ${limitMb} MB`,
    head: ['', 'published/s', 'taken/s', 'one publish, p99', 'a new one waits', 'memory'],
    rows,
    notes: [
      'a new one waits: messages that wait ÷ taken/s, by one process that does nothing with them',
      'SQS is fauxqs, a stand-in for Amazon’s, which knows no bound',
    ],
  };
}

/** How the filling ended for each broker. */
export function endTable(depths: Depths): Table {
  return {
    title: 'Where it ends',
    head: ['', 'knee', 'most', 'lost', ''],
    rows: [...depths].map(([name, filling]) => [
      TITLES[name],
      Number.isNaN(kneeOf(filling)) ? 'not reached' : whole(kneeOf(filling)),
      whole(filling.end?.waiting ?? filling.levels.at(-1)?.waiting ?? 0),
      whole(filling.lost),
      filling.end?.reason ?? 'took all',
    ]),
    notes: ['knee: less than half of its best rate, or refused', 'lost: confirmed, and never came'],
  };
}

const TONES: Record<BrokerName, Tone> = { bullmq: 'ours', rabbitmq: 'variant', sqs: 'other' };

/** The levels as four panels over the number of messages that wait. */
export function draw(depths: Depths, { levels, limitMb }: { levels: number[]; limitMb: number }): string {
  const curves = (pick: (level: Level) => number): Curve[] =>
    [...depths].map(([name, filling]) => ({
      name: TITLES[name],
      tone: TONES[name],
      values: levels.map((waiting) => {
        const level = filling.levels.find((each) => each.waiting === waiting);
        return level ? pick(level) : null;
      }),
    }));
  const panel = (title: string, pick: (level: Level) => number) => ({ title, curves: curves(pick) });
  const seconds = (value: number) => `${plain(value)} s`;
  return drawPanels({
    title: `A queue that grows, in ${significant(limitMb)} MB`,
    axis: 'messages that wait',
    ticks: levels.map(thousands),
    panels: [
      { ...panel('Published a second', (each) => each.publishedPerS), scale: 'log', write: thousands },
      { ...panel('Taken a second', (each) => each.takenPerS), scale: 'log', write: thousands },
      { ...panel('A new message waits', (each) => each.waitS), scale: 'log', write: seconds },
      {
        ...panel('Memory of the server, MB', (each) => each.memoryMb),
        ...{ scale: 'log', write: thousands, mark: { value: limitMb, name: 'its bound' } },
      },
    ],
  });
}

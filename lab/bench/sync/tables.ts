import { type Table, time } from '#lab/run/table.ts';
import type { Left } from './crash.ts';
import { BUDGET, type Compared, type Crossovers, type Moment, middle, type Way } from './results.ts';

const MOMENTS: Moment[] = ['answer', 'first', 'median', 'last'];
const WAYS: Way[] = ['request', 'queue'];

const number = (value: number) => value.toLocaleString('en');

/** Medians by follower count, both ways side by side. */
export function arrivalTable(all: Compared[]): Table {
  const rows = all.map((compared) => [
    number(compared.followers),
    ...MOMENTS.flatMap((moment) => WAYS.map((way) => time(middle(compared, way, moment), 'ms'))),
  ]);
  return {
    title: 'One tweet, delivered inside the request and through the queue, from its start',
    head: [
      'followers',
      ...['author waits', 'first arrival', 'median', 'last'].flatMap((title) => [
        `${title}: request`,
        'queue',
      ]),
    ],
    rows,
    notes: ['medians; arrivals through the queue are the ledger’s rows, inside the request the push itself'],
  };
}

/** From where on the request loses. */
export function crossoverTable({ twice, budget, last }: Crossovers): Table {
  const from = (followers: number | null) =>
    followers === null ? 'never, as far as measured' : number(followers);
  return {
    title: 'Crossover: from how many followers the request loses',
    head: ['', 'followers'],
    rows: [
      ['its author waits twice as long', from(twice)],
      [`its author waits longer than ${BUDGET} ms`, from(budget)],
      ['its last arrival is later', from(last)],
    ],
  };
}

/** What a kill half-way left. */
export function crashTable({
  followers,
  request,
  queue,
}: {
  followers: number;
  request: Left;
  queue: Left;
}): Table {
  const row = ({ atOnce, later, twice, laterS }: Left) => [
    number(atOnce),
    `${number(later)} after ${time(laterS, 's')}`,
    number(followers - later),
    number(twice),
  ];
  return {
    title: `Killed (SIGKILL) when half of ${number(followers)} followers had the tweet`,
    head: ['', 'had it then', 'have it later', 'missing', 'twice'],
    rows: [
      ['the request’s process', ...row(request)],
      ['one of two workers', ...row(queue)],
    ],
    notes: ['nothing mends the request: its author got no answer, and trying again makes a second tweet'],
  };
}

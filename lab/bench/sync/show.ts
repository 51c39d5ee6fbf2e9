import { type Curve, drawPanels, type Panel } from '#lab/harness/plot.ts';
import { type Table, time, whole } from '#lab/harness/table.ts';
import type { Left } from './crash.ts';
import { BUDGET, type Compared, type Crossovers, type Moment, middle, type Way } from './results.ts';

/** Both ways as panels over the number of followers. */
export function plotWays(all: Compared[]): string {
  const panel = (title: string, moment: Moment): Panel => ({
    title,
    scale: 'log',
    curves: curvesOf(all, moment),
    write: (ms) => (ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`),
  });
  return drawPanels({
    title: 'The same tweet, delivered inside the request and through the queue',
    axis: 'followers',
    ticks: all.map(({ followers }) => short(followers)),
    panels: [
      { ...panel('The author waits for the answer', 'answer'), mark: { value: BUDGET, name: 'promised' } },
      panel('First follower has it', 'first'),
      panel('Median follower has it', 'median'),
      panel('Last follower has it', 'last'),
    ],
  });
}

function curvesOf(all: Compared[], moment: Moment): Curve[] {
  return [
    { name: 'through the queue', tone: 'ours', values: all.map((each) => middle(each, 'queue', moment)) },
    { name: 'inside the request', tone: 'other', values: all.map((each) => middle(each, 'request', moment)) },
  ];
}

function short(followers: number): string {
  if (followers >= 1_000_000) return `${followers / 1_000_000}M`;
  return followers >= 1_000 ? `${followers / 1_000}k` : String(followers);
}

const MOMENTS: Record<Moment, string> = {
  answer: 'author waits',
  first: 'first arrival',
  median: 'median',
  last: 'last',
};
const WAYS: Way[] = ['request', 'queue'];

/** Medians by follower count, both ways side by side. */
export function arrivalTable(all: Compared[]): Table {
  const moments: Moment[] = ['answer', 'first', 'median', 'last'];
  const rows = all.map((compared) => [
    whole(compared.followers),
    ...moments.flatMap((moment) => WAYS.map((way) => time(middle(compared, way, moment), 'ms'))),
  ]);
  return {
    title: 'One tweet, delivered inside the request and through the queue, from its start',
    head: ['followers', ...moments.flatMap((moment) => [`${MOMENTS[moment]}: request`, 'queue'])],
    rows,
    notes: ['medians; arrivals through the queue are the ledger’s rows, inside the request the push itself'],
  };
}

/** The numbers of followers from which the request loses. */
export function crossoverTable({ twice, budget, last }: Crossovers): Table {
  const from = (followers: number | null) =>
    followers === null ? 'never, as far as measured' : whole(followers);
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

type Crashed = { followers: number; request: Left; queue: Left };

/** What a kill half-way left. */
export function crashTable({ followers, request, queue }: Crashed): Table {
  const row = ({ atOnce, later, twice, laterS }: Left) => [
    whole(atOnce),
    `${whole(later)} after ${time(laterS, 's')}`,
    whole(followers - later),
    whole(twice),
  ];
  return {
    title: `Killed (SIGKILL) when half of ${whole(followers)} followers had the tweet`,
    head: ['', 'had it then', 'have it later', 'missing', 'twice'],
    rows: [
      ['the request’s process', ...row(request)],
      ['one of two workers', ...row(queue)],
    ],
    notes: ['nothing mends the request: its author got no answer, and trying again makes a second tweet'],
  };
}

import { type Curve, drawPlot, type Panel } from '#lab/plot/panels.ts';
import { BUDGET, type Compared, type Moment, middle } from './results.ts';

/** Both ways as panels over the number of followers. */
export function plotWays(all: Compared[]): string {
  const panel = (title: string, moment: Moment): Panel => ({
    title,
    scale: 'log',
    curves: curvesOf(all, moment),
    write: milliseconds,
  });
  return drawPlot({
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

const milliseconds = (ms: number) => (ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`);

function short(followers: number): string {
  if (followers >= 1_000_000) return `${followers / 1_000_000}M`;
  return followers >= 1_000 ? `${followers / 1_000}k` : String(followers);
}

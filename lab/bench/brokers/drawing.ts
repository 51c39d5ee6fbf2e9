import { median } from '#lab/run/statistics.ts';
import { significant, time } from '#lab/run/table.ts';
import { TITLES } from './contestant.ts';
import type { Result, Results } from './results.ts';

const WIDTH = 760;
const LEFT = 190;
const BAR = 18;
const ROW = 26;
const GROUP = 52;

type Plot = { title: string; value(result: Result): number; show(value: number): string };

/** Bars for what a fan-out takes beside what a bare message does: the one is even, the other is not. */
export function draw(results: Results, followers: number): string {
  const plots: Plot[] = [
    {
      title: `A tweet to ${followers.toLocaleString('en')} followers: seconds, median`,
      value: ({ seconds }) => median(seconds.values),
      show: (value) => time(value, 's'),
    },
    {
      title: 'Bare messages taken a second',
      value: ({ messages }) => messages.consumed_per_s,
      show: (value) => `${significant(value)}/s`,
    },
    {
      title: 'Publish to handler: milliseconds, median',
      value: ({ messages }) => median(messages.latency.values),
      show: (value) => time(value, 'ms'),
    },
  ];
  const height = plots.length * (GROUP + results.size * ROW);
  const groups = plots.map((plot, index) => drawPlot(plot, results, index * (GROUP + results.size * ROW)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Three brokers compared">`,
    STYLE,
    ...groups,
    '</svg>\n',
  ].join('\n');
}

// Readable on a light and a dark page alike.
const STYLE =
  '<style>text{font:13px system-ui,sans-serif;fill:#667}.title{font-weight:600;fill:#556}.bar{fill:#6a5fd8}@media(prefers-color-scheme:dark){text{fill:#aab}.title{fill:#ccd}.bar{fill:#aaa4ff}}</style>';

function drawPlot({ title, value, show }: Plot, results: Results, top: number): string {
  const values = [...results].map(([name, result]) => ({ name, value: value(result) }));
  const longest = Math.max(...values.map((each) => each.value));
  const bars = values.map((each, index) => {
    const y = top + 36 + index * ROW;
    const width = Math.max(1, Math.round(((WIDTH - LEFT - 110) * each.value) / longest));
    return [
      `<text x="${LEFT - 10}" y="${y + 13}" text-anchor="end">${TITLES[each.name]}</text>`,
      `<rect class="bar" x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="3"/>`,
      `<text x="${LEFT + width + 8}" y="${y + 13}">${show(each.value)}</text>`,
    ].join('');
  });
  return [`<text class="title" x="0" y="${top + 22}">${title}</text>`, ...bars].join('\n');
}

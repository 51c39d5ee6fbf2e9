import { expect, test } from 'vitest';
import { drawBars, drawPanels, type Panel } from './plot.ts';

const panel = (scale: Panel['scale'], values: (number | null)[]): Panel => ({
  title: 'Wait <p99>',
  scale,
  write: String,
  curves: [{ name: 'ours', tone: 'ours', values }],
});
const draw = (...panels: Panel[]) =>
  drawPanels({ title: 'a < b & "c"', axis: 'a', ticks: ['1', '2', '3'], panels });
const curveOf = (svg: string) => /class="ours"[^>]*><path d="([^"]*)"/.exec(svg)?.[1];

test('a curve goes from the first tick to the last, zero at the bottom', () => {
  expect(curveOf(draw(panel('linear', [0, 0.5, 1])))).toBe('M62,150L219,92L376,34');
});

test('a logarithmic scale spans powers of ten, and what was not measured leaves a gap', () => {
  const svg = draw(panel('log', [1, null, 100]));
  expect(curveOf(svg)).toBe('M62,150ZM376,34Z');
  for (const power of [1, 10, 100]) expect(svg).toContain(`>${power}</text>`);
});

test('the longest bar spans the scale, and each bar has its label', () => {
  const bars = [
    { name: 'one', value: 2, label: '2 s' },
    { name: 'other', value: 1, label: '1 s' },
  ];
  const svg = drawBars('t', [{ title: 'g', bars }]);
  const widths = [...svg.matchAll(/<rect (?!class)[^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toEqual([460, 230]);
  for (const { label } of bars) expect(svg).toContain(`>${label}</text>`);
});

test('words cannot break the drawing', () => {
  const svg = draw(panel('linear', [1, 2, 3]));
  expect(svg).toContain('aria-label="a &lt; b &amp; &quot;c&quot;"');
  expect(svg).toContain('>Wait &lt;p99&gt;</text>');
  expect(svg.match(/<svg [^>]*(aria-label|aria-hidden)=/g)).toHaveLength(2); // the drawing has a name, the plot in it is hidden
});

test('a drawing follows the theme of its reader, and no plot brings a theme of its own', () => {
  const svg = draw(panel('linear', [1, 2, 3]));
  expect(svg.match(/<style>/g)).toHaveLength(1);
  expect(svg).toContain('@media (prefers-color-scheme: dark)');
});

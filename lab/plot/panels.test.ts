import { expect, test } from 'vitest';
import { drawPlot } from './panels.ts';

const panel = (scale: 'linear' | 'log', values: (number | null)[]) => ({
  title: 'Wait <p99>',
  scale,
  write: String,
  curves: [{ name: 'ours', tone: 'ours' as const, values }],
});
const curveOf = (svg: string) => /<path class="curve ours" d="(M62[^"]*)"/.exec(svg)?.[1];

test('a curve goes from the first tick to the last, zero at the bottom', () => {
  const svg = drawPlot({
    title: 't',
    axis: 'a',
    ticks: ['1', '2', '3'],
    panels: [panel('linear', [0, 0.5, 1])],
  });
  expect(curveOf(svg)).toBe('M62 150L224 92L386 34');
});

test('a logarithmic scale spans powers of ten, and what was not measured leaves a gap', () => {
  const svg = drawPlot({
    title: 't',
    axis: 'a',
    ticks: ['1', '2', '3'],
    panels: [panel('log', [1, null, 100])],
  });
  expect(curveOf(svg)).toBe('M62 150M386 34');
});

test('words cannot break the drawing', () => {
  const svg = drawPlot({ title: 'a < b & "c"', axis: 'a', ticks: ['1'], panels: [panel('linear', [1])] });
  expect(svg).toContain('aria-label="a &lt; b &amp; &quot;c&quot;"');
  expect(svg).toContain('Wait &lt;p99>');
});

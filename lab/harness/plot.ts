import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** A line over the ticks of a panel; null where nothing was measured. */
export type Curve = { name: string; tone: Tone; values: (number | null)[] };

/** Curves differ by colour and by dashes. */
export type Tone = 'ours' | 'variant' | 'other';

export type Panel = {
  title: string;
  scale: 'linear' | 'log';
  curves: Curve[];
  /** A value as the axis writes it. */
  write(value: number): string;
  /** A level to compare the curves with. */
  mark?: { value: number; name: string };
};

export type Panels = { title: string; axis: string; ticks: string[]; panels: Panel[] };

/** Bars of one figure, on a scale of their own. */
export type Bars = { title: string; bars: { name: string; value: number; label: string }[] };

const PANEL = { width: 400, height: 190 }; // pixels

/** Draws panels, two in a row, as one SVG. Each curve is a line. */
export function drawPanels({ title, axis, ticks, panels }: Panels): string {
  const plots = panels.map((panel) => plotPanel(panel, ticks, axis));
  return compose({ title, legend: legend(panels), plots, columns: 2 });
}

function plotPanel({ title, scale, curves, write, mark }: Panel, ticks: string[], axis: string) {
  const values = [...curves.flatMap((curve) => curve.values), mark?.value].filter((value) => value != null);
  return plot({
    ...{ ...PANEL, marginTop: 34, marginRight: 24, marginBottom: 40, marginLeft: 62 },
    x: { type: 'point', domain: ticks, label: axis, labelArrow: 'none', tickSize: 0, padding: 0 },
    y: {
      ...(scale === 'log' ? powersAround(values) : { type: 'linear', zero: true, nice: true, ticks: 4 }),
      ...{ label: null, grid: true, tickFormat: write, tickSize: 0 },
    },
    marks: [
      caption(title),
      ...(mark ? [Plot.ruleY([mark.value], { className: 'mark' })] : []),
      ...(mark
        ? [
            Plot.text([mark.name], {
              y: [mark.value],
              frameAnchor: 'left',
              dx: 4,
              dy: 9,
              textAnchor: 'start',
            }),
          ]
        : []),
      ...curves.map((curve) =>
        Plot.lineY(curve.values, { x: ticks, y: curve.values, className: curve.tone }),
      ),
    ],
  });
}

/** A logarithmic scale from a power of ten below the values to one above, with a tick at each power. */
function powersAround(values: number[]): Plot.ScaleOptions {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const [low, high] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs))];
  const ticks = Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n));
  return { type: 'log', domain: [10 ** low, 10 ** high], ticks, clamp: true };
}

/** Draws groups of bars below each other as one SVG. */
export function drawBars(title: string, groups: Bars[]): string {
  const plots = groups.map((group) =>
    plot({
      ...{ width: 760, height: 40 + 26 * group.bars.length },
      ...{ marginTop: 36, marginRight: 110, marginBottom: 4, marginLeft: 190 },
      x: { axis: null },
      y: { label: null, tickSize: 0, padding: 0.3, domain: group.bars.map(({ name }) => name) },
      marks: [
        caption(group.title, -176),
        Plot.barX(group.bars, { x: 'value', y: 'name', className: 'bars', rx: 3 }),
        Plot.text(group.bars, { x: 'value', y: 'name', text: 'label', textAnchor: 'start', dx: 8 }),
      ],
    }),
  );
  return compose({ title, legend: '', plots, columns: 1 });
}

const caption = (text: string, dx = -48) =>
  Plot.text([text], { frameAnchor: 'top-left', dx, dy: -22, className: 'caption' });

type Drawn = { svg: string; width: number; height: number };

function plot(options: Plot.PlotOptions & { width: number; height: number }): Drawn {
  const { document } = parseHTML('<html></html>');
  const drawn = Plot.plot({ ...options, document, className: 'plot' });
  drawn.querySelector('style')?.remove(); // its white background would shine through on a dark page
  drawn.setAttribute('aria-hidden', 'true'); // the picture around it has the name
  const { width, height } = options;
  return { svg: drawn.outerHTML, width, height };
}

type Composition = { title: string; legend: string; plots: Drawn[]; columns: number };

const HEAD = 62; // pixels for title and legend

/** One SVG around all plots. Its style follows the reader's light or dark theme. */
function compose({ title, legend, plots, columns }: Composition): string {
  let bottom = HEAD;
  const placed: string[] = [];
  for (let first = 0; first < plots.length; first += columns) {
    const row = plots.slice(first, first + columns);
    placed.push(
      ...row.map(({ svg, width }, n) => `<g transform="translate(${n * width} ${bottom})">${svg}</g>`),
    );
    bottom += Math.max(...row.map(({ height }) => height));
  }
  const width = columns * Math.max(...plots.map((each) => each.width));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom}" width="${width}" height="${bottom}" role="img" aria-label="${escaped(title)}">`,
    STYLE,
    `<rect class="paper" width="${width}" height="${bottom}"/>`,
    `<text class="title" x="14" y="24">${escaped(title)}</text>`,
    legend,
    ...placed,
    '</svg>\n',
  ].join('\n');
}

const STYLE = `<style>
  svg { color: #5c5d66 } .plot { overflow: visible } [aria-label='y-grid'] { stroke-opacity: 0.25 }
  text { font: 12px system-ui, sans-serif; fill: currentColor }
  .title { font-size: 15px; font-weight: 600; fill: #1a1a1f }
  .caption text { font-weight: 600; fill: #1a1a1f }
  .paper { fill: #ffffff } .mark line { stroke: #5c5d66; stroke-dasharray: 2 4 } .bars rect { fill: #6a5fd8 }
  .ours, .variant, .other { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .ours, .ours path { stroke: #4a3fc4 }
  .variant, .variant path { stroke: #176b41; stroke-dasharray: 7 4 }
  .other, .other path { stroke: #b0241c; stroke-dasharray: 2 3 }
  @media (prefers-color-scheme: dark) {
    svg { color: #a2a5b1 } .title, .caption text { fill: #ededf2 } .paper { fill: #16171c }
    .mark line { stroke: #a2a5b1 } .bars rect { fill: #aaa4ff }
    .ours, .ours path { stroke: #aaa4ff } .variant, .variant path { stroke: #62d391 }
    .other, .other path { stroke: #ff8f85 }
  }
</style>`;

function legend(panels: Panel[]): string {
  const tones = new Map(
    panels.flatMap(({ curves }) => curves.map(({ name, tone }) => [name, tone] as const)),
  );
  return [...tones]
    .map(([name, tone], index) => {
      const x = 14 + index * 240;
      return `<path class="${tone}" d="M${x} 45h28"/><text x="${x + 36}" y="49">${escaped(name)}</text>`;
    })
    .join('');
}

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

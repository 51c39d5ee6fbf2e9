/** A line over the ticks of a panel; null where nothing was measured. */
export type Curve = { name: string; tone: Tone; values: (number | null)[] };

/** Told apart by colour and by dashes. */
export type Tone = 'ours' | 'variant' | 'other';

export type Panel = {
  title: string;
  scale: 'linear' | 'log';
  curves: Curve[];
  /** A value as the axis writes it. */
  write(value: number): string;
  /** A level to compare with. */
  mark?: { value: number; name: string };
};

export type Plot = { title: string; axis: string; ticks: string[]; panels: Panel[] };

// Pixels.
const PANEL = { width: 400, height: 190, left: 62, right: 14, top: 34, bottom: 40 };
const HEAD = 62;
const COLUMNS = 2;

/** Draws panels side by side as one SVG that follows the reader's light or dark theme. */
export function drawPlot({ title, axis, ticks, panels }: Plot): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const [width, height] = [COLUMNS * PANEL.width, HEAD + rows * PANEL.height];
  const drawn = panels.map((panel, index) => {
    const [x, y] = [(index % COLUMNS) * PANEL.width, HEAD + Math.floor(index / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, ticks, axis)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${quoted(title)}">`,
    STYLE,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="title" x="14" y="24">${quoted(title)}</text>`,
    legend(panels),
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

const STYLE = `<style>
  text { font: 12px system-ui, sans-serif; fill: #5c5d66 }
  .title { font-size: 15px; font-weight: 600; fill: #1a1a1f }
  .panel { font-weight: 600; fill: #1a1a1f }
  .paper { fill: #ffffff }
  .grid { stroke: #e3e2dd }
  .mark { stroke: #5c5d66; stroke-dasharray: 2 4 }
  .curve { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .ours { stroke: #4a3fc4 } .variant { stroke: #176b41; stroke-dasharray: 7 4 } .other { stroke: #b0241c; stroke-dasharray: 2 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #a2a5b1 } .title, .panel { fill: #ededf2 } .paper { fill: #16171c } .grid { stroke: #2a2c35 }
    .mark { stroke: #a2a5b1 } .ours { stroke: #aaa4ff } .variant { stroke: #62d391 } .other { stroke: #ff8f85 }
  }
</style>`;

function legend(panels: Panel[]): string {
  const curves = new Map(
    panels.flatMap((panel) => panel.curves.map(({ name, tone }) => [name, tone] as const)),
  );
  return [...curves]
    .map(([name, tone], index) => {
      const x = 14 + index * 240;
      return `<path class="curve ${tone}" d="M${x} 45h28"/><text x="${x + 36}" y="49">${quoted(name)}</text>`;
    })
    .join('');
}

function drawPanel(panel: Panel, ticks: string[], axis: string): string {
  const { title, curves, write, mark } = panel;
  const levels = levelsOf(panel);
  const y = heightOf(panel, levels);
  const x = (index: number) =>
    PANEL.left + (index * (PANEL.width - PANEL.left - PANEL.right)) / Math.max(1, ticks.length - 1);
  const floor = PANEL.height - PANEL.bottom;
  return [
    `<text class="panel" x="14" y="14">${quoted(title)}</text>`,
    ...levels.map(
      (level) =>
        `<path class="grid" d="M${PANEL.left} ${y(level)}H${PANEL.width - PANEL.right}"/>` +
        `<text x="${PANEL.left - 6}" y="${y(level) + 4}" text-anchor="end">${quoted(write(level))}</text>`,
    ),
    ...ticks.map(
      (tick, index) => `<text x="${x(index)}" y="${floor + 18}" text-anchor="middle">${quoted(tick)}</text>`,
    ),
    `<text x="${PANEL.width - PANEL.right}" y="${floor + 34}" text-anchor="end">${quoted(axis)}</text>`,
    mark ? drawMark(mark, y(mark.value)) : '',
    ...curves.map(({ tone, values }) => `<path class="curve ${tone}" d="${pathOf(values, x, y)}"/>`),
  ].join('');
}

function drawMark({ name }: { name: string }, y: number): string {
  const right = PANEL.width - PANEL.right;
  return `<path class="mark" d="M${PANEL.left} ${y}H${right}"/><text x="${PANEL.left + 4}" y="${y - 4}">${quoted(name)}</text>`;
}

function pathOf(
  values: (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let before: number | null = null;
  for (const [index, value] of values.entries()) {
    if (value !== null) path += `${before === null ? 'M' : 'L'}${round(x(index))} ${y(value)}`;
    before = value;
  }
  return path;
}

/** Powers of ten around the values, or quarters up to a round number above them. */
function levelsOf({ scale, curves, mark }: Panel): number[] {
  const values = [...curves.flatMap((curve) => curve.values), mark?.value ?? null].filter(
    (value) => value !== null,
  );
  if (scale === 'log') {
    const positive = values.filter((value) => value > 0);
    const [low, high] = [
      Math.floor(Math.log10(Math.min(...positive))),
      Math.ceil(Math.log10(Math.max(...positive))),
    ];
    return Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n));
  }
  const largest = Math.max(...values, 1e-9);
  const power = 10 ** Math.floor(Math.log10(largest));
  const top = power * ([1, 2, 4, 8].find((step) => step * power >= largest) ?? 10);
  return [0, 0.25, 0.5, 0.75, 1].map((share) => share * top);
}

function heightOf({ scale }: Panel, levels: number[]): (value: number) => number {
  const [low = 0, high = 1] = [levels[0], levels.at(-1)];
  const room = PANEL.height - PANEL.top - PANEL.bottom;
  const place = (value: number) =>
    scale === 'log'
      ? Math.log10(Math.max(value, low) / low) / Math.log10(high / low)
      : (value - low) / (high - low);
  return (value) => round(PANEL.height - PANEL.bottom - room * place(value));
}

const round = (n: number) => Math.round(n * 10) / 10;

const quoted = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

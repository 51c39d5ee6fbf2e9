export type Point = { at: number; value: number | null };
export type Box = { width: number; height: number };

/** The right edge of a chart in ms since 1970, how many ms it shows, and the value at its top. */
export type Scale = { until: number; shownMs: number; top: number };

/** A longer pause between two samples is a gap in the line: nobody knows what was in it. */
const GAP_MS = 1_500;

/** The SVG path of a line over time, 0 at the bottom; broken where samples are missing. */
export function chartPath(points: readonly Point[], { width, height }: Box, scale: Scale): string {
  let path = '';
  let before: number | null = null;
  for (const { at, value } of points) {
    if (value === null) {
      before = null;
      continue;
    }
    const x = round(width * (1 - (scale.until - at) / scale.shownMs));
    const y = round(height * (1 - Math.min(value / scale.top, 1)));
    path += `${before === null || at - before > GAP_MS ? 'M' : 'L'}${x} ${y}`;
    before = at;
  }
  return path;
}

/** A round number at or above the largest value, so that the top of a chart does not jitter with every sample. */
export function roundTop(values: readonly (number | null)[]): number {
  const largest = Math.max(1, ...values.map((value) => value ?? 0));
  const power = 10 ** Math.floor(Math.log10(largest));
  return power * ([1, 1.5, 2, 3, 5, 7.5].find((step) => step * power >= largest) ?? 10);
}

const round = (n: number) => Math.round(n * 10) / 10;

/** One thing measured several times. */
export type Series = { unit: 's' | 'ms'; values: number[] };

/** A series in six numbers, as `--json` prints it. */
export type Spread = {
  unit: Series['unit'];
  count: number;
  min: number;
  median: number;
  p95: number;
  max: number;
};

/** The middle one, or the mean of the middle two. Throws when there is none. */
export function median(values: number[]): number {
  const sorted = ascending(values);
  const half = sorted.length / 2;
  return (at(sorted, Math.ceil(half) - 1) + at(sorted, Math.floor(half))) / 2;
}

/** The smallest value that at least `percent` of all values do not exceed (nearest rank). Throws when there is none. */
export function percentile(values: number[], percent: number): number {
  const sorted = ascending(values);
  return at(sorted, Math.max(Math.ceil((percent / 100) * sorted.length) - 1, 0));
}

/** Sums a series up; rounded to what its clock can tell. */
export function spread({ unit, values }: Series): Spread {
  return {
    unit,
    count: values.length,
    min: round(percentile(values, 0)),
    median: round(median(values)),
    p95: round(percentile(values, 95)),
    max: round(percentile(values, 100)),
  };
}

/** Three decimals. */
export const round = (value: number): number => Math.round(value * 1_000) / 1_000;

const ascending = (values: number[]) => [...values].sort((a, b) => a - b);

function at(sorted: number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new RangeError('Expected at least one value, got none');
  return value;
}

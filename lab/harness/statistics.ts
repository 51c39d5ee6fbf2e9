/** One thing measured several times. */
export type Series = { unit: 's' | 'ms'; values: number[] };

/** A series in six numbers, as `--json` prints it. */
export type Spread = Record<'count' | 'min' | 'median' | 'p95' | 'max', number> & Pick<Series, 'unit'>;

/** The middle value, or the mean of the middle two. Throws without values. */
export function median(values: number[]): number {
  const sorted = ascending(values);
  const half = sorted.length / 2;
  return (at(sorted, Math.ceil(half) - 1) + at(sorted, Math.floor(half))) / 2;
}

/** The smallest value such that `percent` of all values are not above it (nearest rank). Throws without values. */
export function percentile(values: number[], percent: number): number {
  const sorted = ascending(values);
  return at(sorted, Math.max(Math.ceil((percent / 100) * sorted.length) - 1, 0));
}

/** Sums up a series, rounded to what its clock can measure. */
export function spread({ unit, values }: Series): Spread {
  const at = (percent: number) => round(percentile(values, percent));
  return { unit, count: values.length, min: at(0), median: round(median(values)), p95: at(95), max: at(100) };
}

/** The sum of one number of each item. */
export const sumOf = <T>(items: Iterable<T>, number: (item: T) => number): number =>
  [...items].reduce((sum, item) => sum + number(item), 0);

/** Rounds to three decimals. */
export const round = (value: number): number => Math.round(value * 1_000) / 1_000;

/** How one way compares with another: the ratio of each pair, as the median and the two extremes. */
export type PairedRatio = { median: number; min: number; max: number };

/** Compares two ways that were measured in the same rounds. A slow minute slows both values of a pair. */
export function compareInPairs(ours: number[], theirs: number[]): PairedRatio {
  if (ours.length !== theirs.length)
    throw new RangeError(`Expected pairs, got ${ours.length} and ${theirs.length} values`);
  const ratios = ours.map((value, pair) => value / (theirs[pair] ?? Number.NaN));
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

/**
 * How likely it is that the true median lies between the two extremes. It does unless all pairs are on the same side of
 * it.
 */
export const certaintyOf = (pairs: number): number => 1 - 2 ** (1 - pairs);

const ascending = (values: number[]) => [...values].sort((a, b) => a - b);

function at(sorted: number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new RangeError('Expected at least one value, got none');
  return value;
}

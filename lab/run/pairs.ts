import { median } from './statistics.ts';

/** How one way stands to another: the median of the ratios of pairs, and the least and largest of them. */
export type PairedRatio = { median: number; min: number; max: number };

/** Compares what was measured in pairs, in the same round: a slow minute slows both. */
export function compareInPairs(ours: number[], theirs: number[]): PairedRatio {
  if (ours.length !== theirs.length)
    throw new RangeError(`Expected pairs, got ${ours.length} and ${theirs.length} values`);
  const ratios = ours.map((value, pair) => value / (theirs[pair] ?? Number.NaN));
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

/** How sure it is that the true median lies between the least and the largest: unless all fell to one side of it. */
export function certaintyOf(pairs: number): number {
  return 1 - 2 ** (1 - pairs);
}

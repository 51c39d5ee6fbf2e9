import { median } from '../run/statistics.ts';

/** How this code stands to the earlier one: the median of the ratios of pairs, and between what it lies. */
export type PairedRatio = {
  median: number;
  min: number;
  max: number;
  /** That the true median lies from min to max: it does unless all pairs fell to the same side of it. */
  certainty: number;
};

/** Compares what was measured in pairs, one right after the other: a slow minute slows both. */
export function compareInPairs(now: number[], before: number[]): PairedRatio {
  if (now.length !== before.length)
    throw new RangeError(`Expected pairs, got ${now.length} and ${before.length} values`);
  const ratios = now.map((value, pair) => value / (before[pair] ?? Number.NaN));
  return {
    median: median(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    certainty: 1 - 2 ** (1 - ratios.length),
  };
}

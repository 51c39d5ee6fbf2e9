/** Milliseconds for numbers of followers. Both are above zero and ascending. */
export type Curve = readonly { followers: number; ms: number }[];

/**
 * The follower count at which a curve first reaches another one; null when it stays below. Between two measured points
 * both scales are logarithmic. A curve that begins at or above the other crosses at its first point.
 */
export function crossover(rising: Curve, level: Curve): number | null {
  let before: { followers: number; ratio: number } | null = null;
  for (const [index, { followers, ms }] of rising.entries()) {
    const ratio = Math.log(ms / (level[index]?.ms ?? Number.NaN));
    if (ratio >= 0) return before ? between(before, { followers, ratio }) : followers;
    before = { followers, ratio };
  }
  return null;
}

type Point = { followers: number; ratio: number };

function between(low: Point, high: Point): number {
  const share = -low.ratio / (high.ratio - low.ratio);
  return Math.round(low.followers * (high.followers / low.followers) ** share);
}

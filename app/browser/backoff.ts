type Backoff = { baseMs: number; capMs: number };

/**
 * A wait between 0 and base · 2^attempt, never beyond the cap; the first attempt is 0. The whole range is drawn
 * from, because clients that failed together must not come back together.
 */
export function fullJitter({ baseMs, capMs }: Backoff, attempt: number, random = Math.random): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(random() * ceiling);
}

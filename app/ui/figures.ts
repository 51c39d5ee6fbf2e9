/** Figures as text: one locale and fixed digits, so that server and browser write the same. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1000000` → `1,000,000`. */
export const count = (n: number): string => whole.format(n);

/** `count` with its noun: `1 chunk`, `200 chunks`. */
export const counted = (n: number, noun: string, plural = `${noun}s`): string =>
  `${count(n)} ${n === 1 ? noun : plural}`;

/** Milliseconds below one second, then seconds with one digit, then minutes: `38 ms`, `1.6 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / SECOND);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Deliveries a second, in three significant digits at most: `812,000/s`. A rate over no time is not a rate: null. */
export function rate(deliveries: number, ms: number): string | null {
  if (ms <= 0) return null;
  return `${whole.format(Number(((deliveries / ms) * SECOND).toPrecision(3)))}/s`;
}

/** Milliseconds between two ISO times of the same clock, or null while one of them is missing. */
export function between(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null;
  return Date.parse(to) - Date.parse(from);
}

import { MINUTE, SECOND } from '#core/durations.ts';

/** Figures as text: one locale and fixed digits, so that server and browser write the same. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1000000` → `1,000,000`. */
export const count = (n: number): string => whole.format(n);

/** `1.2M`, `600k`, `12`: a count where there is little room. */
export function short(n: number): string {
  if (n >= 1_000_000) return `${threeDigits(n / 1_000_000)}M`;
  if (n >= 1_000) return `${threeDigits(n / 1_000)}k`;
  return count(n);
}

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

/** So many a second, in three significant digits: `812,000/s`. */
export const perSecond = (n: number): string => `${count(threeDigits(n))}/s`;

/** Deliveries a second; null when no time has passed. */
export function rate(deliveries: number, ms: number): string | null {
  return ms <= 0 ? null : perSecond((deliveries / ms) * SECOND);
}

const threeDigits = (n: number) => Number(n.toPrecision(3));

/** Milliseconds between two ISO times of the same clock, or null while one of them is missing. */
export function between(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null;
  return Date.parse(to) - Date.parse(from);
}

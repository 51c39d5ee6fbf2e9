import type { ConsoleView, PauseView } from '#api/contract.ts';
import { count, duration } from '#app/ui/figures.ts';

/** What stands where nothing was measured. */
export const UNKNOWN = '–';

/** Deliveries a second in three digits: `612,000/s`. */
export function perSecond(value: number | null): string {
  return value === null ? UNKNOWN : `${count(Number(value.toPrecision(3)))}/s`;
}

/** `1.2M`, `600k`, `12`: for the scale of a chart. */
export function short(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value >= 1_000_000) return `${trim(value / 1_000_000)}M`;
  if (value >= 1_000) return `${trim(value / 1_000)}k`;
  return count(value);
}

/** A share as `0.4 %`, `37 %`. */
export function share(value: number): string {
  const percent = value * 100;
  return `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Milliseconds as a duration, or that there is none. */
export function time(ms: number | null): string {
  return ms === null ? UNKNOWN : duration(ms);
}

/** The window of the rates: `10 s`, less while the sampler has just begun. */
export function windowOf({ windowS }: Pick<ConsoleView, 'windowS'>): string {
  return `last ${Math.max(1, Math.round(windowS))} s`;
}

/** How long a pause has lasted at a moment of the same clock: `12 s`. */
export function pausedFor({ since }: PauseView, now: string): string {
  const seconds = Math.max(0, Math.floor((Date.parse(now) - Date.parse(since)) / 1_000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}

const trim = (value: number) => Number(value.toPrecision(3)).toString();

import type { ConsoleView, PauseView } from '#api/contract.ts';
import { duration, perSecond as exact, short } from '#app/ui/figures.ts';

/** Stands where nothing was measured. */
export const UNKNOWN = '–';

const orUnknown = (value: number | null, format: (value: number) => string): string =>
  value === null ? UNKNOWN : format(value);

/** Deliveries a second: `612,000/s`. */
export const perSecond = (value: number | null): string => orUnknown(value, exact);

/** For the scale of a chart: `1.2M`. */
export const onScale = (value: number | null): string => orUnknown(value, short);

/** A duration of so many milliseconds. */
export const time = (ms: number | null): string => orUnknown(ms, duration);

/** A share as `0.4 %`, `37 %`. */
export function share(value: number): string {
  const percent = value * 100;
  return `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** `640 MB`, `3.1 GB`; a gigabyte is 2³⁰ bytes, as settings and Redis count. */
export function bytes(value: number): string {
  const mb = value / 2 ** 20;
  return mb < 1_000 ? `${Math.round(mb)} MB` : `${(mb / 1_024).toFixed(1)} GB`;
}

/** The window of the rates: `last 10 s`, and less when the sampler has just begun. */
export function windowOf({ windowS }: Pick<ConsoleView, 'windowS'>): string {
  return `last ${Math.max(1, Math.round(windowS))} s`;
}

/** How long a pause has lasted until `now`, by the same clock: `12 s`. */
export function pausedFor({ since }: PauseView, now: string): string {
  const seconds = Math.max(0, Math.floor((Date.parse(now) - Date.parse(since)) / 1_000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}

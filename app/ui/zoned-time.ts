import { MINUTE } from '#core/durations.ts';

/** Times as people write and read them in their zone. Fields hold local time without a zone, to the second. */

/** The value of a datetime-local field. */
export function toField(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * MINUTE);
  return local.toISOString().slice(0, 19);
}

/** The time of a datetime-local field, in the browser's zone. An empty or half-filled field is an invalid date. */
export const fromField = (value: string): Date => new Date(value === '' ? Number.NaN : value);

/** The browser's zone with its offset then, which changes over the year: `Europe/Berlin, GMT+1`. */
export function zoneAt(at: Date): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const when = Number.isNaN(at.getTime()) ? new Date() : at;
  return `${timeZone}, ${offsetOf(when, timeZone)}`;
}

/** `Tue 24 Nov 2026, 18:00:05 GMT+1`, in the browser's zone or the one given. */
export function inWords(at: Date, timeZone?: string): string {
  const zone = timeZone ? { timeZone } : {};
  const date = new Intl.DateTimeFormat('en-GB', {
    ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', ...zone },
  }).format(at);
  const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', ...zone }).format(at);
  return `${date.replace(',', '')}, ${time} ${offsetOf(at, timeZone)}`;
}

/** Node and browsers write no offset as `GMT+0` or as `GMT`. If they differed, the browser would draw the page twice. */
function offsetOf(at: Date, timeZone?: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZoneName: 'shortOffset', ...(timeZone && { timeZone }) },
  });
  const offset = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
  return offset === 'GMT+0' ? 'GMT' : offset;
}

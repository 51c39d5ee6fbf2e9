import { DAY, HOUR, MINUTE, SECOND } from '#core/durations.ts';

const LONGEST = 366 * DAY;

/** Says what is wrong with a time to post at, or null. The same rule in browser and server, each by its own clock. */
export function scheduleTimeProblem(at: Date, now = new Date()): string | null {
  if (Number.isNaN(at.getTime())) return 'Expected a date and a time';
  const ahead = at.getTime() - now.getTime();
  if (ahead <= 0) return `Expected a time ahead, got one that was ${inWords(-ahead)} ago`;
  if (ahead > LONGEST) return `Expected a time within a year, got one in ${inWords(ahead)}`;
  return null;
}

const UNITS = [
  { ms: DAY, word: 'd' },
  { ms: HOUR, word: 'h' },
  { ms: MINUTE, word: 'min' },
  { ms: SECOND, word: 's' },
];

/** A duration in its largest unit: `3 d`, `12 s`. */
function inWords(ms: number): string {
  const unit = UNITS.find((each) => ms >= each.ms);
  return unit ? `${Math.floor(ms / unit.ms).toLocaleString('en')} ${unit.word}` : 'less than 1 s';
}

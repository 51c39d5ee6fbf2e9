import type { MemberView, ScheduleView, TaskView } from '#api/contract.ts';
import { HOUR, MINUTE, SECOND } from '#core/durations.ts';
import { counted, duration } from './figures.ts';

const TITLES: Readonly<Record<string, string>> = {
  tweet: 'Scheduled tweet',
  archive: 'Account archive',
  suggestions: 'Who to follow',
  'refresh-suggestions': 'Refreshing who to follow',
  trends: 'Trends',
};

/** What a person calls a kind of task; one that has no title yet is called by its name. */
export const titleOf = (kind: string): string => TITLES[kind] ?? kind;

/** What a person calls a task of a composition: the file that it makes. */
export function memberTitle({ kind, data }: MemberView): string {
  if (kind === 'archive-zip') return 'The zip';
  const file = typeof data === 'object' && data !== null && 'file' in data ? data.file : null;
  return typeof file === 'string' ? file : titleOf(kind);
}

/** The state of a task of a composition, in words. A task of a later step waits for all tasks of the steps before. */
export function memberState({ state, step, error }: MemberView, parent: TaskView): string {
  if (state === 'waiting' && step > parent.step) return 'waits for the others';
  if (state === 'waiting' && error) return 'waiting to be tried again';
  return state === 'succeeded' ? 'done' : state;
}

/** The state in words; never by colour alone. */
export function stateOf(task: TaskView): string {
  if (task.cancelRequested && task.state === 'running') return 'stopping';
  if (task.state === 'waiting' && task.dueAt > task.now && task.attempts === 0) return 'scheduled';
  if (task.state === 'waiting' && (task.error || task.failures > 0)) return 'waiting to be tried again';
  if (task.state === 'failed') return 'failed: a dead letter';
  return task.state === 'succeeded' ? 'done' : task.state;
}

/** How long it ran; null while there is no end. */
export function tookOf({ startedAt, finishedAt }: TaskView): string | null {
  if (startedAt === null || finishedAt === null) return null;
  return duration(Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)));
}

/** `every 30 s`, or the expression with its zone. */
export function timingOf({ everyMs, cron, timeZone }: ScheduleView): string {
  return everyMs === null ? `${cron} in ${timeZone}` : `every ${wholeUnits(everyMs)}`;
}

function wholeUnits(ms: number): string {
  if (ms % HOUR === 0) return counted(ms / HOUR, 'hour');
  if (ms % MINUTE === 0) return counted(ms / MINUTE, 'minute');
  return `${ms / SECOND} s`;
}

/** Megabytes with one digit, kilobytes below: `10.2 MB`. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1_000)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** What a scheduled tweet says; empty for any other task. */
export const textOf = ({ data }: TaskView): string =>
  typeof data === 'object' && data !== null && 'text' in data ? String(data.text) : '';

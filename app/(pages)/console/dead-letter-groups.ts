import type {
  DeadLetterGroup,
  DeadTaskView,
  DiscardedDeadLetters,
  RetriedDeadLetters,
} from '#api/contract.ts';
import type { Matching } from '#app/browser/api.ts';
import { count, counted } from '#app/ui/figures.ts';

/**
 * What retries exactly this group, null when nothing does: brokers put back a whole queue, and only of chunks does the
 * ledger know what they died of.
 */
export function retryOf({ queue, error, example }: DeadLetterGroup): Matching | null {
  const isChunk = typeof example === 'object' && example !== null && 'chunk' in example;
  return queue === 'delivery' && isChunk && error !== '' ? { queue, error } : null;
}

/** A queue as a whole: how many dead letters of the broker were looked at, and what its buttons say they act on. */
export type WholeQueue = { queue: DeadLetterGroup['queue']; count: number; what: string };

/** The queues that have dead letters. Of tasks the newest are listed, however many there are: they are not counted. */
export function queuesOf(groups: DeadLetterGroup[], tasks: DeadTaskView[]): WholeQueue[] {
  const queues = new Set(groups.map(({ queue }) => queue));
  if (tasks.length > 0) queues.add('task');
  return [...queues].map((queue) => {
    const letters = groups
      .filter((group) => group.queue === queue)
      .reduce((sum, { count }) => sum + count, 0);
    const hasTasks = queue === 'task' && tasks.length > 0;
    return { queue, count: letters, what: hasTasks ? 'all tasks' : `all ${count(letters)} of ${queue}` };
  });
}

/** Dead tasks by what they died of, the newest first. */
export function byError(tasks: DeadTaskView[]): { error: string; tasks: DeadTaskView[] }[] {
  const groups = new Map<string, DeadTaskView[]>();
  for (const task of tasks) groups.set(task.error, [...(groups.get(task.error) ?? []), task]);
  return [...groups].map(([error, tasks]) => ({ error, tasks }));
}

/** What a retry did, in words. */
export function afterRetry({ chunks, messages, tasks }: RetriedDeadLetters): string {
  const parts = partsOf([chunks, 'chunk'], [tasks, 'task'], [messages, 'job']);
  return parts ? `Another chance for ${parts}.` : 'Nothing was left to retry.';
}

/** What discarding did, in words. */
export function afterDiscard({ messages, tasks }: DiscardedDeadLetters): string {
  const parts = partsOf([tasks, 'task'], [messages, 'job']);
  return parts ? `Discarded ${parts} for good.` : 'Nothing was left to discard.';
}

const partsOf = (...parts: [number, string][]): string =>
  parts
    .filter(([some]) => some > 0)
    .map(([some, what]) => counted(some, what))
    .join(' and ');

import type {
  DeadLetterGroup,
  DeadTaskView,
  DiscardedDeadLetters,
  RetriedDeadLetters,
} from '#api/contract.ts';
import type { Matching } from '#app/browser/api.ts';
import { count, counted } from '#app/ui/figures.ts';

/**
 * The retry that matches exactly this group; null when there is none. Brokers only put back whole queues. The ledger
 * knows errors only for chunks.
 */
export function retryOf({ queue, error, example }: DeadLetterGroup): Matching | null {
  const isChunk = typeof example === 'object' && example !== null && 'chunk' in example;
  return queue === 'delivery' && isChunk && error !== '' ? { queue, error } : null;
}

/** One queue: how many of its dead letters were looked at, and in words which of them its buttons act on. */
type WholeQueue = { queue: DeadLetterGroup['queue']; count: number; what: string };

/** The queues that have dead letters. Tasks are not counted, because only the newest of them are listed. */
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

/** Dead tasks by their error, the newest first. */
export function byError(tasks: DeadTaskView[]): { error: string; tasks: DeadTaskView[] }[] {
  const groups = new Map<string, DeadTaskView[]>();
  for (const task of tasks) groups.set(task.error, [...(groups.get(task.error) ?? []), task]);
  return [...groups].map(([error, tasks]) => ({ error, tasks }));
}

/** What a retry did, in words. */
export function afterRetry({ chunks, messages, tasks }: RetriedDeadLetters): string {
  const what = listed([chunks, 'chunk'], [tasks, 'task'], [messages, 'job']);
  return what ? `Another chance for ${what}.` : 'Nothing was left to retry.';
}

/** What discarding did, in words. */
export function afterDiscard({ messages, tasks }: DiscardedDeadLetters): string {
  const what = listed([tasks, 'task'], [messages, 'job']);
  return what ? `Discarded ${what} for good.` : 'Nothing was left to discard.';
}

const listed = (...counts: [number, string][]): string =>
  counts
    .filter(([some]) => some > 0)
    .map(([some, what]) => counted(some, what))
    .join(' and ');

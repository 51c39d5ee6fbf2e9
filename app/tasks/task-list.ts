import type { TaskView } from '#api/contract.ts';

const MOST = 100; // tasks on the page, as many as one answer holds

/** What was known with what was heard: newest first, each task once, as it was told last. */
export function mergeTasks(known: readonly TaskView[], heard: readonly TaskView[]): TaskView[] {
  const byId = new Map(known.map((task) => [task.id, task]));
  for (const task of heard) {
    const older = byId.get(task.id);
    if (!older || older.now <= task.now) byId.set(task.id, task);
  }
  return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, MOST);
}

/** Tweets that wait for their time, the next one first. */
export const scheduledTweets = (tasks: readonly TaskView[]): TaskView[] =>
  tasks
    .filter(({ kind, state, attempts }) => kind === 'tweet' && state === 'waiting' && attempts === 0)
    .sort((a, b) => a.dueAt.localeCompare(b.dueAt));

/** Whether it can be cancelled, and whether it can be retried. */
export const isUnfinished = ({ state }: TaskView): boolean => state === 'waiting' || state === 'running';

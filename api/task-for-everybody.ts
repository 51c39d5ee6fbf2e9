import type { SessionAccount } from '#api/session.ts';
import type { Task } from '#core/tasks/task.ts';

/** A task as everybody may see it: what was asked and what came out is for whoever asked. */
export function forEverybody(task: Task, account: SessionAccount): Task {
  if (task.accountId === null || task.accountId === account.id) return task;
  const members = task.members.map((member) => ({ ...member, data: null, error: null }));
  return { ...task, data: null, result: null, members };
}

import { Refusal } from '#api/problem.ts';
import type { Web } from '#api/root.ts';
import type { SessionAccount } from '#api/session.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import type { Task } from '#core/tasks/task.ts';

/** The task of a path, if it is this account's; anything else is not found. */
export async function ownTask(web: Web, account: SessionAccount, id: string): Promise<Task> {
  const task = /^\d{1,15}$/.test(id) ? await readTask(web, Number(id)) : null;
  if (task?.accountId === account.id) return task;
  throw new Refusal('not-found', `Expected a task of ${account.handle}, got ${id}`);
}

/** A task as everybody may see it: what was asked and what came out is for whoever asked. */
export function forEverybody(task: Task, account: SessionAccount): Task {
  if (task.accountId === null || task.accountId === account.id) return task;
  const members = task.members.map((member) => ({ ...member, data: null, error: null }));
  return { ...task, data: null, result: null, members };
}

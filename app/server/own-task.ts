import 'server-only';
import { Refusal } from '#app/server/problem.ts';
import { web } from '#app/server/root.ts';
import type { SessionAccount } from '#app/server/session.ts';
import { readTask, type Task } from '#core/tasks/task.ts';

/** The task of a path, if it is this account's; anything else is not found. */
export async function ownTask(account: SessionAccount, { id }: { id: string }): Promise<Task> {
  const task = /^\d{1,15}$/.test(id) ? await readTask(web().pool, Number(id)) : null;
  if (task?.accountId === account.id) return task;
  throw new Refusal('not-found', `Expected a task of ${account.handle}, got ${id}`);
}

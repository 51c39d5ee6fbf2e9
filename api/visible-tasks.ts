import type { MemberView, TaskView } from '#api/contract.ts';
import { Refusal } from '#api/problem.ts';
import type { Web } from '#api/root.ts';
import { publicMember, publicTask } from '#api/schemas/queue.ts';
import type { SessionAccount } from '#api/session.ts';
import { isOperator } from '#core/accounts/operators.ts';
import type { Config } from '#core/config.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import type { Member, Task } from '#core/tasks/task.ts';

/** Somebody who looks at tasks, and whether that is an operator. */
export type Viewer = { id: number; operator: boolean };

/** An account as a viewer. */
export const viewerOf = (
  { config }: { config: Pick<Config, 'OPERATORS'> },
  account: SessionAccount,
): Viewer => ({
  id: account.id,
  operator: isOperator(config, account),
});

/** The task of a path, if it is this account's; anything else is not found. */
export async function ownTask(web: Web, account: SessionAccount, id: string): Promise<TaskView> {
  const task = /^\d{1,15}$/.test(id) ? await readTask(web, Number(id)) : null;
  if (task?.accountId === account.id) return visibleTask(task, viewerOf(web, account));
  throw new Refusal('not-found', `Expected a task of ${account.handle}, got ${id}`);
}

/**
 * A task as this viewer may see it. It has the fields that are for everybody, and others are added. So a field that tasks
 * will get one day is hidden until somebody decides who may see it. Whoever asked sees what was asked and what came out.
 * Operators see too why it failed, and they alone see where it runs.
 */
export function visibleTask(task: Task, { id, operator }: Viewer): TaskView {
  const isAsker = task.accountId === id;
  const sees = { asked: isAsker || task.accountId === null, error: isAsker || operator, worker: operator };
  return {
    ...publicTask.parse(task),
    ...hiddenOf(task, sees),
    ...(sees.asked && { result: task.result }),
    ...((sees.asked || operator) && { accountId: task.accountId }),
    members: task.members.map((member) => visibleMember(member, sees)),
  };
}

type Sees = { asked: boolean; error: boolean; worker: boolean };

const visibleMember = (member: Member, sees: Sees): MemberView => ({
  ...publicMember.parse(member),
  ...hiddenOf(member, sees),
});

const hiddenOf = ({ data, error, worker }: Pick<Task, 'data' | 'error' | 'worker'>, sees: Sees) => ({
  ...(sees.asked && { data }),
  ...(sees.error && { error }),
  ...(sees.worker && { worker }),
});

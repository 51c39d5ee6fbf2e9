import type { Web } from '#api/root.ts';
import { type DeadTasks, discardDeadTasks, findDeadTasks } from '#core/tasks/dead.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import { retryTask } from '#core/tasks/retry.ts';

const MOST = 1_000; // retried by one call

/** Gives dead tasks another chance; returns their ids, to be published after the answer. */
export async function retryDeadTasks(web: Web, meant: DeadTasks): Promise<number[]> {
  const { pool, timelines } = web;
  const retried: number[] = [];
  for (const id of await findDeadTasks(pool, meant, MOST)) {
    // One that was asked for again stays dead: what its key stands for is on its way.
    const outcome = await retryTask(pool, { id, accountId: null });
    if (outcome.outcome !== 'retried') continue;
    retried.push(...outcome.ids);
    tellTasks(timelines.redis, [(await readTask(web, id))?.accountId ?? null]);
  }
  return retried;
}

/** Discards them; returns how many. */
export async function dropDeadTasks({ pool, timelines }: Web, meant: DeadTasks): Promise<number> {
  const accountIds = await discardDeadTasks(pool, meant);
  if (accountIds.length > 0) tellTasks(timelines.redis, accountIds);
  return accountIds.length;
}

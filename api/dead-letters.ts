import type { DeadLetterGroup } from '#api/contract.ts';
import type { Web } from '#api/root.ts';
import type { DeadLettered } from '#broker/port.ts';
import type { QueueName } from '#core/messages.ts';
import { type DeadTasks, discardDeadTasks, findDeadTasks } from '#core/tasks/dead.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import { retryTask } from '#core/tasks/retry.ts';

const ERROR_LENGTH = 500; // as the ledger keeps it, so that both mean the same chunks

const cut = ({ error }: DeadLettered) => error.slice(0, ERROR_LENGTH);

/** Whether a dead letter died of this error, as {@link groupDeadLetters} names it. Without an error it is true. */
export const diedOf =
  (error: string | undefined) =>
  (letter: DeadLettered): boolean =>
    error === undefined || cut(letter) === error;

/** Groups the dead letters of one queue by their errors, the largest group first. `letters` are the newest first. */
export function groupDeadLetters(queue: QueueName, letters: DeadLettered[]): DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup>();
  for (const letter of letters) {
    const error = cut(letter);
    const group = groups.get(error);
    if (group) group.count++;
    else
      groups.set(error, { queue, error, count: 1, newestAt: letter.at.toISOString(), example: letter.body });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** One call retries at most so many tasks. */
const RETRIED_AT_MOST = 1_000;

/** Gives dead tasks another chance. Returns their ids, which are to be published after the answer. */
export async function retryDeadTasks(web: Web, meant: DeadTasks): Promise<number[]> {
  const { pool, timelines } = web;
  const retried: number[] = [];
  for (const id of await findDeadTasks(pool, meant, RETRIED_AT_MOST)) {
    // A task stays dead if another one with its unique key is unfinished.
    const outcome = await retryTask(pool, { id, accountId: null });
    if (outcome.outcome !== 'retried') continue;
    retried.push(...outcome.ids);
    tellTasks(timelines.redis, [(await readTask(web, id))?.accountId ?? null]);
  }
  return retried;
}

/** Discards dead tasks; returns how many. */
export async function dropDeadTasks({ pool, timelines }: Web, meant: DeadTasks): Promise<number> {
  const accountIds = await discardDeadTasks(pool, meant);
  if (accountIds.length > 0) tellTasks(timelines.redis, accountIds);
  return accountIds.length;
}

import { json, route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { diedOf } from '#app/server/dead-letters.ts';
import { dropDeadTasks } from '#app/server/dead-tasks.ts';
import { discardDeadLettersRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';

/**
 * Drops dead letters for good: all of a queue, those that died of one error, or one task. What the ledger knows of them
 * stays: a chunk that failed can still be retried on its delivery page, a task stands there as cancelled.
 */
export const POST = route(async (request) => {
  await actingAccount(request);
  const { queue, error, task } = await readBody(request, discardDeadLettersRequest);
  const messages = task === undefined ? await web().broker.discard(queue, diedOf(error)) : 0;
  const tasks = queue === 'task' ? await dropDeadTasks({ id: task, error }) : 0;
  return json({ messages, tasks });
});

import { after } from 'next/server';
import { json, route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { retryDeadTasks } from '#app/server/dead-tasks.ts';
import { publishChunks, publishTasks } from '#app/server/publish.ts';
import { retryDeadLettersRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { retryAllFailed } from '#core/ledger/retry-all-failed.ts';

/**
 * Gives dead letters another chance: all of a queue, those chunks or tasks that died of one error, or one task. The
 * ledger first, or the messages would come back to chunks that are given up and be ignored.
 */
export const POST = route(async (request) => {
  await actingAccount(request);
  const { queue, error, task } = await readBody(request, retryDeadLettersRequest);
  const { pool, broker } = web();
  const retried = queue === 'delivery' ? await retryAllFailed(pool, error ?? null) : [];
  const tasks = queue === 'task' ? await retryDeadTasks({ id: task, error }) : [];
  const messages = error === undefined && task === undefined ? await broker.redrive(queue) : 0;
  for (const { tweetId, numbers } of retried) await publishChunks(tweetId, numbers);
  const chunks = retried.reduce((sum, { numbers }) => sum + numbers.length, 0);
  after(() => publishTasks(tasks));
  return json({ chunks, messages, tasks: tasks.length }, { status: 202 });
});

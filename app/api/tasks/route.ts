import { after } from 'next/server';
import { json, route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { ownTask } from '#app/server/own-task.ts';
import { queryOf } from '#app/server/page-request.ts';
import { publishTasks } from '#app/server/publish.ts';
import { askTaskRequest, tasksRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { forEverybody } from '#app/server/task-for-everybody.ts';
import { askNow } from '#core/tasks/ask-now.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { readTasks } from '#core/tasks/task.ts';

/** Tasks, the newest first: the acting account's own, or everybody's without what is theirs alone. */
export const GET = route(async (request) => {
  const account = await actingAccount(request);
  const { scope, ...query } = queryOf(request, tasksRequest);
  const accountId = scope === 'mine' ? account.id : undefined;
  const tasks = await readTasks(web().pool, { ...query, accountId });
  return json({ tasks: tasks.map((task) => forEverybody(task, account)) });
});

/** Asks for background work. While it is unfinished, asking again returns the same task. */
export const POST = route(async (request) => {
  const account = await actingAccount(request);
  const { kind } = await readBody(request, askTaskRequest);
  const { pool, timelines } = web();
  // Its own: a list that the system refreshes belongs to nobody who could look at it or cancel it.
  const uniqueKey = `${kind} asked by ${account.id}`;
  const id = await askNow(pool, timelines.redis, { kind, data: {}, accountId: account.id, uniqueKey });
  const task = await ownTask(account, { id: String(id) });
  after(async () => {
    await publishTasks([id]);
    tellTasks(timelines.redis, [account.id]);
  });
  return json({ task }, { status: 202, headers: { location: `/api/tasks/${task.id}` } });
});

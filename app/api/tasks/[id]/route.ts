import { after } from 'next/server';
import { json, route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { ownTask } from '#app/server/own-task.ts';
import { invalidField, Refusal } from '#app/server/problem.ts';
import { editTaskRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { editTask } from '#core/tasks/edit.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { scheduleTimeProblem } from '#core/tweets/schedule-time.ts';
import { TWEET_TASK } from '#core/tweets/schedule-tweet.ts';

/** One own task: its state, progress, and what came out. */
export const GET = route<{ id: string }>(async (request, params) =>
  json({ task: await ownTask(await actingAccount(request), params) }),
);

/** Changes the text or the time of an own scheduled tweet that has not been posted. */
export const PATCH = route<{ id: string }>(async (request, params) => {
  const account = await actingAccount(request);
  const { text, scheduledFor } = await readBody(request, editTaskRequest);
  const task = await ownTask(account, params);
  if (task.kind !== TWEET_TASK)
    throw new Refusal('not-found', `Expected a scheduled tweet, got a task of kind ${task.kind}`);
  const dueAt = scheduledFor === undefined ? undefined : new Date(scheduledFor);
  const problem = dueAt && scheduleTimeProblem(dueAt);
  if (problem) throw invalidField('scheduledFor', problem);
  const { pool, timelines } = web();
  const edited = await editTask(pool, task.id, { dueAt, ...(text !== undefined && { data: { text } }) });
  if (edited !== 'edited') throw new Refusal('too-late', `Task ${task.id} has begun, or is over.`);
  after(() => tellTasks(timelines.redis, [account.id]));
  return json({ task: await ownTask(account, params) });
});

/** Cancels an own task, before it starts or in the middle. Doing so again is fine. */
export const DELETE = route<{ id: string }>(async (request, params) => {
  const account = await actingAccount(request);
  const { id } = await ownTask(account, params);
  const { pool, timelines } = web();
  await cancelTask(pool, { id, accountId: account.id });
  after(() => tellTasks(timelines.redis, [account.id]));
  return new Response(null, { status: 204 });
});

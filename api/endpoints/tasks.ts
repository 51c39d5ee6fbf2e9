import { createRoute, z } from '@hono/zod-openapi';
import { tweetText } from '#api/endpoints/tweets.ts';
import { handOverTasks } from '#api/hand-over.ts';
import { invalidField, Refusal } from '#api/problem.ts';
import type { Web } from '#api/root.ts';
import { body, done, json, problems, router, signedIn } from '#api/router.ts';
import { task as taskView } from '#api/schemas/queue.ts';
import { limitUpTo, scheduledFor, storable } from '#api/schemas/requests.ts';
import type { SessionAccount } from '#api/session.ts';
import { ownTask, viewerOf, visibleTask } from '#api/visible-tasks.ts';
import { takeTurn } from '#core/admission/quotas.ts';
import { askArchive } from '#core/archive/archive.ts';
import { askNow } from '#core/tasks/ask-now.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import type { Composed } from '#core/tasks/compose.ts';
import { editTask } from '#core/tasks/edit.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { readTasks } from '#core/tasks/read-tasks.ts';
import { type RetryOutcome, retryTask } from '#core/tasks/retry.ts';
import { TASK_STATES } from '#core/tasks/task.ts';
import { scheduleTimeProblem } from '#core/tweets/schedule-time.ts';
import { TWEET_TASK, tweetTaskData } from '#core/tweets/schedule-tweet.ts';

/** Any text: one that is no id of a task is not found, and the answer says whose task was expected. */
const params = z.object({ id: z.string() });

const listTasks = createRoute({
  method: 'get',
  path: '/api/tasks',
  summary: 'Tasks, the newest first; with `scope=all` everybody’s, without what is not for this account',
  ...signedIn,
  request: {
    query: z.object({
      scope: z.enum(['mine', 'all'], { error: 'Expected mine or all' }).default('mine'),
      kind: storable(z.string().max(60)).optional(),
      state: z.enum(TASK_STATES, { error: `Expected one of ${TASK_STATES.join(', ')}` }).optional(),
      limit: limitUpTo(100, 50),
      before: z.coerce
        .number({ error: 'Expected the id of a task' })
        .int('Expected the id of a task')
        .positive('Expected the id of a task')
        .optional(),
    }),
  },
  responses: {
    200: json(z.object({ tasks: z.array(taskView) }), 'Without the members of compositions'),
    ...problems(400, 401, 403, 503),
  },
});

const askForTask = createRoute({
  method: 'post',
  path: '/api/tasks',
  summary: 'Asks for background work; while it is unfinished, asking again returns the same task',
  ...signedIn,
  request: {
    body: body(
      z.strictObject({
        kind: z.enum(['archive', 'suggestions'], { error: 'Expected archive or suggestions' }),
      }),
    ),
  },
  responses: {
    202: json(z.object({ task: taskView }), '`Location` is where to look'),
    ...problems(400, 401, 403, 408, 413, 429, 503),
  },
});

const readATask = createRoute({
  method: 'get',
  path: '/api/tasks/{id}',
  summary: 'An own task: its state, progress and result',
  ...signedIn,
  request: { params },
  responses: { 200: json(z.object({ task: taskView }), 'The task'), ...problems(401, 403, 404, 503) },
});

const editATask = createRoute({
  method: 'patch',
  path: '/api/tasks/{id}',
  summary: 'Changes an own scheduled tweet that has not been posted',
  ...signedIn,
  request: {
    params,
    body: body(
      z
        .strictObject({ text: tweetText.optional(), scheduledFor: scheduledFor.optional() })
        .refine((change) => change.text !== undefined || change.scheduledFor !== undefined, {
          error: 'Expected a text or a scheduledFor',
        }),
    ),
  },
  responses: {
    200: json(z.object({ task: taskView }), 'The task as it is now'),
    ...problems(400, 401, 403, 404, 408, 409, 413, 503),
  },
});

const cancelATask = createRoute({
  method: 'delete',
  path: '/api/tasks/{id}',
  summary: 'Cancels an own task, before it starts or in the middle',
  ...signedIn,
  request: { params },
  responses: { 204: done, ...problems(401, 403, 404, 408, 503) },
});

const retryATask = createRoute({
  method: 'post',
  path: '/api/tasks/{id}/retry',
  summary: 'Gives an own task that failed all its attempts again',
  ...signedIn,
  request: { params },
  responses: {
    202: json(z.object({ task: taskView }), '`Location` is where to look'),
    ...problems(401, 403, 404, 408, 409, 503),
  },
});

/** Work in the background. */
export const tasks = router('Tasks')
  .openapi(listTasks, async (c) => {
    const { account } = c.var;
    const { scope, ...query } = c.req.valid('query');
    const accountId = scope === 'mine' ? account.id : undefined;
    const found = await readTasks(c.env.web, { ...query, accountId });
    const viewer = viewerOf(c.env.web, account);
    return c.json({ tasks: found.map((task) => visibleTask(task, viewer)) }, 200);
  })
  .openapi(askForTask, async (c) => {
    const { web } = c.env;
    const { account } = c.var;
    const { id, first } = await askFor(web, account, c.req.valid('json').kind);
    const task = await ownTask(web, account, String(id));
    publishAndTell(web, first, account);
    return c.json({ task }, 202, { location: `/api/tasks/${id}` });
  })
  .openapi(readATask, async (c) =>
    c.json({ task: await ownTask(c.env.web, c.var.account, c.req.valid('param').id) }, 200),
  )
  .openapi(editATask, async (c) => {
    const { web } = c.env;
    const { account } = c.var;
    const { text, scheduledFor: at } = c.req.valid('json');
    const task = await ownTask(web, account, c.req.valid('param').id);
    if (task.kind !== TWEET_TASK)
      throw new Refusal('not-found', `Expected a scheduled tweet, got a task of kind ${task.kind}`);
    const data = text !== undefined && { ...tweetTaskData.parse(task.data), text };
    const change = { dueAt: timeOf(at), ...(data && { data }) };
    if ((await editTask(web.pool, task.id, change)) !== 'edited')
      throw new Refusal('too-late', `Task ${task.id} has begun, or is over.`);
    web.afterAnswer.run(() => tellTasks(web.timelines.redis, [account.id]));
    return c.json({ task: await ownTask(web, account, String(task.id)) }, 200);
  })
  .openapi(cancelATask, async (c) => {
    const { web } = c.env;
    const { account } = c.var;
    const { id } = await ownTask(web, account, c.req.valid('param').id);
    await cancelTask(web.pool, { id, accountId: account.id });
    web.afterAnswer.run(() => tellTasks(web.timelines.redis, [account.id]));
    return c.body(null, 204);
  })
  .openapi(retryATask, async (c) => {
    const { web } = c.env;
    const { account } = c.var;
    const { id } = await ownTask(web, account, c.req.valid('param').id);
    publishAndTell(web, retriedIds(id, await retryTask(web.pool, { id, accountId: account.id })), account);
    return c.json({ task: await ownTask(web, account, String(id)) }, 202, { location: `/api/tasks/${id}` });
  });

/** Asks for it once: while it is unfinished, the same task is returned. `first` is what can be published now. */
async function askFor(web: Web, account: SessionAccount, kind: 'archive' | 'suggestions'): Promise<Composed> {
  if (kind === 'archive') return askArchive(web.pool, account.id, web.quotas);
  await takeTurn(web.pool, { accountId: account.id, thing: kind, most: web.quotas.suggestionsPerHour });
  // Its own: a list that the system refreshes belongs to nobody who could look at it or cancel it.
  const uniqueKey = `${kind} asked by ${account.id}`;
  const asked = { kind, data: {}, accountId: account.id, uniqueKey };
  const id = await askNow(web.pool, web.timelines.redis, asked);
  return { id, first: [id] };
}

function publishAndTell(web: Web, ids: number[], account: SessionAccount): void {
  web.afterAnswer.run(async () => {
    await handOverTasks(web, ids);
    tellTasks(web.timelines.redis, [account.id]);
  });
}

function timeOf(scheduledFor: string | undefined): Date | undefined {
  const dueAt = scheduledFor === undefined ? undefined : new Date(scheduledFor);
  const problem = dueAt && scheduleTimeProblem(dueAt);
  if (problem) throw invalidField('scheduledFor', problem);
  return dueAt;
}

/** What is to be published. Throws the refusals. */
function retriedIds(id: number, retried: RetryOutcome): number[] {
  switch (retried.outcome) {
    case 'retried':
      return retried.ids;
    case 'asked again':
      throw new Refusal('too-late', `Task ${id} was asked for again, and that one is not over.`);
    case 'not failed':
    case 'unknown':
      throw new Refusal('not-found', `Expected a task that failed, got ${id}`);
  }
}

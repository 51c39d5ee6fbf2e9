import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { type BearerEnv, bearer } from '#api/mastodon/bearer.ts';
import { inputOf } from '#api/mastodon/bodies.ts';
import { toScheduledStatus } from '#api/mastodon/entities.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { invalid, notFound } from '#api/mastodon/errors.ts';
import { linkPages, pageOf, readPage } from '#api/mastodon/paging.ts';
import { scheduledAt } from '#api/mastodon/scheduled-at.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { editTask } from '#core/tasks/edit.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { readTask, readTasks } from '#core/tasks/read-tasks.ts';
import type { Task } from '#core/tasks/task.ts';
import { scheduleTimeProblem } from '#core/tweets/schedule-time.ts';
import { TWEET_TASK } from '#core/tweets/schedule-tweet.ts';

const page = pageOf(20, 40);
const newTime = z.object({ scheduled_at: scheduledAt });

/** Tweets that wait for their time. */
export const scheduled = new Hono<MastodonEnv>()
  .get('/api/v1/scheduled_statuses', bearer('read:statuses'), async (c) => {
    const waiting = { accountId: c.var.bearer.account.id, kind: TWEET_TASK, state: 'waiting' as const };
    const { items, hasOlder } = await readPage(inputOf(c, page), (range) =>
      readTasks(c.env.web, { ...waiting, ...range }),
    );
    linkPages(
      c,
      items.map(({ id }) => id),
      hasOlder,
    );
    return c.json(items.map(toScheduledStatus));
  })
  .get('/api/v1/scheduled_statuses/:id', bearer('read:statuses'), async (c) =>
    c.json(toScheduledStatus(await waitingOf(c, c.req.param('id')))),
  )
  .put('/api/v1/scheduled_statuses/:id', bearer('write:statuses'), async (c) => {
    const { web } = c.env;
    const { id } = await waitingOf(c, c.req.param('id'));
    const { scheduled_at: dueAt } = inputOf(c, newTime);
    if (!dueAt) throw invalid('scheduled_at: Expected a date and a time');
    const problem = scheduleTimeProblem(dueAt);
    if (problem) throw invalid(`scheduled_at: ${problem}`);
    if ((await editTask(web.pool, id, { dueAt })) !== 'edited') throw notFound();
    web.afterAnswer.run(() => tellTasks(web.timelines.redis, [c.var.bearer.account.id]));
    return c.json(toScheduledStatus(await waitingOf(c, String(id))));
  })
  .delete('/api/v1/scheduled_statuses/:id', bearer('write:statuses'), async (c) => {
    const { web } = c.env;
    const { account } = c.var.bearer;
    const { id } = await waitingOf(c, c.req.param('id'));
    const outcome = await cancelTask(web.pool, { id, accountId: account.id });
    web.afterAnswer.run(() => tellTasks(web.timelines.redis, [account.id]));
    // A worker that has it, and is only asked to stop, does not post it any more.
    if (outcome !== 'cancelled' && outcome !== 'requested') throw notFound();
    return c.json({});
  });

/** The tweet of this account that a path names, if it still waits. */
async function waitingOf(c: Context<BearerEnv>, id: string): Promise<Task> {
  const task = /^\d{1,15}$/.test(id) ? await readTask(c.env.web, Number(id)) : null;
  const isOwn = task?.accountId === c.var.bearer.account.id && task.kind === TWEET_TASK;
  if (!isOwn || task.state !== 'waiting') throw notFound();
  return task;
}

import { after } from 'next/server';
import { json, route } from '#app/server/api-route.ts';
import { ownTask } from '#app/server/own-task.ts';
import { Refusal } from '#app/server/problem.ts';
import { publishTasks } from '#app/server/publish.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { type RetryOutcome, retryTask } from '#core/tasks/retry.ts';

/** Gives an own task that failed all its attempts again. */
export const POST = route<{ id: string }>(async (request, params) => {
  const account = await actingAccount(request);
  const { id } = await ownTask(account, params);
  const { pool, timelines } = web();
  const ids = idsOf(id, await retryTask(pool, { id, accountId: account.id }));
  after(async () => {
    await publishTasks(ids);
    tellTasks(timelines.redis, [account.id]);
  });
  const task = await ownTask(account, params);
  return json({ task }, { status: 202, headers: { location: `/api/tasks/${id}` } });
});

/** What is to be published. Throws the refusals. */
function idsOf(id: number, retried: RetryOutcome): number[] {
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

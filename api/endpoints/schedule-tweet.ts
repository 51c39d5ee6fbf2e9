import { invalidField, keyInProgress, keyMismatch } from '#api/problem.ts';
import type { Web } from '#api/root.ts';
import type { SessionAccount } from '#api/session.ts';
import { type Viewer, viewerOf, visibleTask } from '#api/visible-tasks.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import type { NewTweet } from '#core/tweets/post-statement.ts';
import { type ScheduleOutcome, scheduleTweet } from '#core/tweets/schedule-tweet.ts';

type Later = { at: Date; account: SessionAccount };

/** A tweet for later is a task: answers with it. */
export async function schedule(web: Web, draft: NewTweet, { at, account }: Later) {
  const scheduled = await scheduleTweet(web.posting, { ...draft, scheduledFor: at }, web.quotas);
  web.afterAnswer.run(() => tellTasks(web.timelines.redis, [draft.authorId]));
  return answerSchedule(scheduled, viewerOf(web, account));
}

/** What `202` says of an outcome of scheduling. Throws the refusals. */
function answerSchedule(scheduled: ScheduleOutcome, viewer: Viewer) {
  switch (scheduled.outcome) {
    case 'scheduled': {
      const { task } = scheduled;
      return { answer: { task: visibleTask(task, viewer) }, location: `/api/tasks/${task.id}` };
    }
    case 'in progress':
      throw keyInProgress();
    case 'mismatch':
      throw keyMismatch();
    case 'no such time':
      throw invalidField('scheduledFor', scheduled.message);
  }
}

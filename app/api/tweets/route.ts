import { after } from 'next/server';
import { answerPost } from '#app/server/answer-post.ts';
import { answerSchedule } from '#app/server/answer-schedule.ts';
import { route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { keyOf } from '#app/server/idempotency-key.ts';
import { publishFanOut } from '#app/server/publish.ts';
import { postTweetRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import type { StoresMemory } from '#core/admission/store-memory.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { type NewTweet, type PostOutcome, postTweet } from '#core/tweets/post-tweet.ts';
import { scheduleTweet } from '#core/tweets/schedule-tweet.ts';

/** Accepts a tweet, to be posted now or when its time has come. */
export const POST = route(async (request) => {
  const author = await actingAccount(request);
  const idempotencyKey = keyOf(request);
  const { text, scheduledFor } = await readBody(request, postTweetRequest);
  const draft = { authorId: author.id, text, idempotencyKey };
  return scheduledFor === undefined ? postNow(draft) : schedule(draft, new Date(scheduledFor));
});

/** The answer comes after the commit; publishing comes after the answer. */
async function postNow(draft: NewTweet): Promise<Response> {
  const { posting, limits, metrics, tally, waitingList } = web();
  const name = `${draft.authorId} ${draft.idempotencyKey}`;
  const bounds = { ...limits, memory: await readMemory(), waiting: { list: waitingList, name } };
  const posted = await postTweet(posting, draft, bounds);
  metrics.posted(posted);
  after(() => publishNew(posted));
  return answerPost(posted, { name, limits, tally, waitingList });
}

async function schedule(draft: NewTweet, scheduledFor: Date): Promise<Response> {
  const { posting, timelines } = web();
  const scheduled = await scheduleTweet(posting, { ...draft, scheduledFor });
  after(() => tellTasks(timelines.redis, [draft.authorId]));
  return answerSchedule(scheduled);
}

async function readMemory(): Promise<StoresMemory> {
  const { memory } = web();
  const [timelines, queue] = await Promise.all([memory.timelines.read(), memory.queue.read()]);
  return { timelines, queue };
}

async function publishNew(posted: PostOutcome): Promise<void> {
  if (posted.outcome !== 'posted' || posted.replayed) return;
  await publishFanOut(posted.delivery);
}

import { text } from 'node:stream/consumers';
import { findAccount } from '#core/accounts/accounts.ts';
import { backfill } from '#core/followers/backfill.ts';
import { follow, unfollow } from '#core/followers/follow.ts';
import { markPublished } from '#core/ledger/due.ts';
import { fanOutOf } from '#core/messages.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { type NewTweet, type PostOutcome, postTweet } from '#core/tweets/post-tweet.ts';
import { scheduleTweet } from '#core/tweets/schedule-tweet.ts';
import type { Answer, Call, Door } from './open.ts';

/** Now, or later with `scheduledFor`. */
export async function post(door: Door, { request, accountId }: Call): Promise<Answer> {
  const body = JSON.parse(await text(request)) as { text: string; scheduledFor?: string };
  const idempotencyKey = String(request.headers['idempotency-key']);
  const draft = { authorId: accountId, text: body.text, idempotencyKey };
  return body.scheduledFor === undefined
    ? postNow(door, draft)
    : schedule(door, draft, new Date(body.scheduledFor));
}

async function postNow(door: Door, draft: NewTweet): Promise<Answer> {
  const { pool, config } = door;
  const limits = {
    maxWaitS: config.MAX_WAIT_S,
    maxBacklog: config.MAX_BACKLOG,
    postsPerMinute: config.POSTS_PER_MINUTE,
  };
  const posted = await postTweet(pool, draft, limits);
  if (posted.outcome === 'posted' && !posted.replayed) void publish(door, posted.tweet.id).catch(() => {});
  return answerPost(posted);
}

async function publish({ pool, broker }: Door, tweetId: number): Promise<void> {
  await broker.publish('fan-out', [fanOutOf(tweetId)]);
  await markPublished(pool, [tweetId]);
}

function answerPost(posted: PostOutcome): Answer {
  switch (posted.outcome) {
    case 'posted':
      return { status: 202, body: { tweet: posted.tweet, delivery: posted.delivery } };
    case 'in progress':
      return { status: 409, body: { type: '/problems/idempotency-in-progress' } };
    case 'mismatch':
      return { status: 422, body: { type: '/problems/idempotency-mismatch' } };
    case 'full':
      return { status: 503, body: { type: '/problems/over-capacity' } };
    case 'too fast':
      return { status: 429, body: { type: '/problems/over-rate' } };
  }
}

async function schedule({ pool }: Door, draft: NewTweet, scheduledFor: Date): Promise<Answer> {
  const scheduled = await scheduleTweet(pool, { ...draft, scheduledFor });
  switch (scheduled.outcome) {
    case 'scheduled':
      return { status: 202, body: { task: scheduled.task } };
    case 'in progress':
      return { status: 409, body: { type: '/problems/idempotency-in-progress' } };
    case 'mismatch':
      return { status: 422, body: { type: '/problems/idempotency-mismatch' } };
    case 'no such time':
    case 'too many':
      return { status: 400, body: { type: '/problems/validation' } };
  }
}

/** A page of the home timeline. */
export async function home(door: Door, { url, accountId }: Call): Promise<Answer> {
  const before = Number(url.searchParams.get('cursor') ?? Number.NaN);
  const limit = Number(url.searchParams.get('limit') ?? 20);
  const page = await readHome(door, { userId: accountId, limit, ...(before > 0 && { before }) });
  return {
    status: 200,
    body: { tweets: page.tweets, nextCursor: page.next && String(page.next), source: page.source },
  };
}

/** Follows or unfollows. */
export async function changeEdge(door: Door, { request, parts, accountId }: Call): Promise<Answer> {
  const followee = await findAccount(door.pool, parts[2] ?? '');
  if (!followee) return { status: 404 };
  const edge = { followerId: accountId, followeeId: followee.id };
  if (request.method === 'DELETE') await unfollow(door.pool, edge);
  else if (await follow(door.pool, edge)) void backfill(door.pool, door.timelines, accountId).catch(() => {});
  return { status: 204 };
}

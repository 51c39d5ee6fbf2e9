import { createRoute, z } from '@hono/zod-openapi';
import { invalidField, Refusal } from '#api/problem.ts';
import type { Web } from '#api/root.ts';
import { done, json, problems, router, sessionOf, signedIn } from '#api/router.ts';
import { userView } from '#api/schemas/people.ts';
import { pageQuery, storable } from '#api/schemas/requests.ts';
import { timelinePage } from '#api/schemas/tweets.ts';
import { actingAccount, type SessionAccount } from '#api/session.ts';
import { findAccount } from '#core/accounts/accounts.ts';
import type { Edge } from '#core/followers/follow.ts';
import { backfill } from '#core/timelines/backfill.ts';

const params = z.object({ handle: storable(z.string()) });

const readUser = createRoute({
  method: 'get',
  path: '/api/users/{handle}',
  summary: 'One person',
  request: { params },
  responses: {
    200: json(userView, 'The person, and whether the acting account follows them'),
    ...problems(403, 404, 503),
  },
});

const readTweets = createRoute({
  method: 'get',
  path: '/api/users/{handle}/tweets',
  summary: 'A page of one person’s tweets',
  request: { params, query: pageQuery },
  responses: { 200: json(timelinePage, 'The newest first'), ...problems(400, 404, 503) },
});

const followUser = createRoute({
  method: 'put',
  path: '/api/users/{handle}/follow',
  summary: 'Follows',
  ...signedIn,
  request: { params },
  responses: { 204: done, ...problems(400, 401, 403, 404, 408, 429, 503) },
});

const unfollowUser = createRoute({
  method: 'delete',
  path: '/api/users/{handle}/follow',
  summary: 'Unfollows',
  ...signedIn,
  request: { params },
  responses: { 204: done, ...problems(400, 401, 403, 404, 408, 503) },
});

/** People, what they tweeted, and who follows whom. */
export const users = router('People')
  .openapi(readUser, async (c) => {
    const { handle } = c.req.valid('param');
    const session = await sessionOf(c);
    // Who is not signed in may look, but may not name somebody who is to act.
    const viewer =
      session.accounts.length > 0 ? actingAccount(session, c.req.header('x-account')) : undefined;
    const user = await c.env.web.reads.user(handle, viewer?.id);
    if (!user) throw noSuchPerson(handle);
    return c.json(user, 200);
  })
  .openapi(readTweets, async (c) => {
    const { handle } = c.req.valid('param');
    const page = await c.env.web.reads.tweetsBy(handle, c.req.valid('query'));
    if (!page) throw noSuchPerson(handle);
    return c.json(page, 200);
  })
  .openapi(followUser, async (c) => {
    const { web } = c.env;
    const edge = await edgeOf(web, c.var.account, c.req.valid('param').handle);
    await web.followChanges.follow(edge);
    // Behind the answer, and again before the next read if it failed.
    web.afterAnswer.run(() => backfill(web.pool, web.timelines, edge.followerId));
    return c.body(null, 204);
  })
  .openapi(unfollowUser, async (c) => {
    const { web } = c.env;
    await web.followChanges.unfollow(await edgeOf(web, c.var.account, c.req.valid('param').handle));
    return c.body(null, 204);
  });

async function edgeOf({ prisma }: Web, follower: SessionAccount, handle: string): Promise<Edge> {
  const followee = await findAccount(prisma, handle);
  if (!followee) throw noSuchPerson(handle);
  if (followee.id === follower.id)
    throw invalidField('handle', 'Expected somebody else: nobody follows themselves');
  return { followerId: follower.id, followeeId: followee.id };
}

const noSuchPerson = (handle: string) =>
  new Refusal('not-found', `Expected a person's handle, got ${handle}`);

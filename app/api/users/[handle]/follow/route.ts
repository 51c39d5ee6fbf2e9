import { after } from 'next/server';
import { route } from '#app/server/api-route.ts';
import { invalidField, Refusal } from '#app/server/problem.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { findAccount } from '#core/accounts/accounts.ts';
import { backfill } from '#core/followers/backfill.ts';
import { type Edge, follow, unfollow } from '#core/followers/follow.ts';

type Params = { handle: string };

/** Follows; idempotent. The backfill runs behind the answer, and again before the next read if it failed. */
export const PUT = route<Params>(async (request, { handle }) => {
  const edge = await edgeOf(request, handle);
  const { pool, timelines } = web();
  await follow(pool, edge);
  after(() => backfill(pool, timelines, edge.followerId).catch(() => {}));
  return new Response(null, { status: 204 });
});

/** Unfollows; idempotent. */
export const DELETE = route<Params>(async (request, { handle }) => {
  await unfollow(web().pool, await edgeOf(request, handle));
  return new Response(null, { status: 204 });
});

async function edgeOf(request: Request, handle: string): Promise<Edge> {
  const follower = await actingAccount(request);
  const followee = await findAccount(web().pool, handle);
  if (!followee) throw new Refusal('not-found', `Expected a person's handle, got ${handle}`);
  if (followee.id === follower.id)
    throw invalidField('handle', 'Expected somebody else: nobody follows themselves');
  return { followerId: follower.id, followeeId: followee.id };
}

import { Hono } from 'hono';
import { z } from 'zod';
import { anybody, bearer } from '#api/mastodon/bearer.ts';
import { flag, inputOf, listOf } from '#api/mastodon/bodies.ts';
import { toOwnAccount, toRelationship } from '#api/mastodon/entities.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { MastodonError, notFound } from '#api/mastodon/errors.ts';
import { handleOf } from '#api/mastodon/handle-of.ts';
import { originOf } from '#api/mastodon/origin.ts';
import { limitOf, linkPages, pageOf, readPage } from '#api/mastodon/paging.ts';
import { accountIdsOf, personOf, showAccounts, showStatuses } from '#api/mastodon/shown.ts';
import type { Web } from '#api/root.ts';
import { findByHandle } from '#core/accounts/people.ts';
import type { Edge } from '#core/followers/follow.ts';
import { readFolloweeIds, readFollowerIds, readRelations } from '#core/followers/people-around.ts';
import { backfill } from '#core/timelines/backfill.ts';
import { readTweetsBy } from '#core/tweets/tweets-by.ts';

const acct = z.object({ acct: z.string({ error: 'Expected the name of an account' }) });
const searched = z.object({
  q: z.string({ error: 'Expected the beginning of a name' }),
  limit: limitOf(40, 80),
  following: flag.nullish(),
});
const ids = z.object({ id: listOf(z.union([z.string(), z.number()]), 1_000).default([]) });
const filters = z.object({
  only_media: flag.nullish(),
  pinned: flag.nullish(),
  tagged: z.string().nullish(),
});
const people = pageOf(40, 80);
const statuses = pageOf(20, 40);

/** People: who they are, what they wrote, and who follows whom. */
export const accounts = new Hono<MastodonEnv>()
  .get('/api/v1/accounts/verify_credentials', bearer('read:accounts', 'profile'), async (c) =>
    c.json(toOwnAccount(await personOf(c, String(c.var.bearer.account.id)), originOf(c))),
  )
  .get('/api/v1/accounts/lookup', anybody('read:accounts'), async (c) => {
    const handle = handleOf(c, inputOf(c, acct).acct);
    const [id] = handle === undefined ? [] : await findByHandle(c.env.web.pool, handle, { limit: 1 });
    const [account] = id === undefined ? [] : await showAccounts(c, [id]);
    if (!account || account.acct !== handle) throw notFound();
    return c.json(account);
  })
  .get('/api/v1/accounts/search', bearer('read:accounts', 'read:search'), async (c) => {
    const { q, limit, following } = inputOf(c, searched);
    const handle = handleOf(c, q);
    const wanted = { limit, ...(following && { followedBy: c.var.bearer.account.id }) };
    const found = handle === undefined ? [] : await findByHandle(c.env.web.pool, handle, wanted);
    return c.json(await showAccounts(c, found));
  })
  .get('/api/v1/accounts/relationships', bearer('read:follows'), async (c) => {
    const { id } = inputOf(c, ids);
    const relations = await readRelations(c.env.web.pool, c.var.bearer.account.id, accountIdsOf(id));
    return c.json(relations.map(toRelationship));
  })
  .get('/api/v1/accounts/familiar_followers', bearer('read:follows'), (c) =>
    c.json(accountIdsOf(inputOf(c, ids).id).map((id) => ({ id: String(id), accounts: [] }))),
  )
  .get('/api/v1/accounts/:id', anybody('read:accounts'), async (c) => {
    const person = await personOf(c, c.req.param('id'));
    const [account] = await showAccounts(c, [person.id]);
    return c.json(account);
  })
  .get('/api/v1/accounts/:id/statuses', anybody('read:statuses'), async (c) => {
    const author = await personOf(c, c.req.param('id'));
    const { only_media: isMedia, pinned, tagged } = inputOf(c, filters);
    if (tagged) throw new MastodonError(422, 'tagged: the tweets of one person are not kept by their tags');
    if (isMedia || pinned) return c.json([]);
    const page = await readPage(inputOf(c, statuses), (range) =>
      readTweetsBy(c.env.web.prisma, author, range),
    );
    linkPages(
      c,
      page.items.map(({ id }) => id),
      page.hasOlder,
    );
    return c.json(await showStatuses(c, page.items));
  })
  .get('/api/v1/accounts/:id/followers', anybody('read:accounts'), async (c) => {
    const { id } = await personOf(c, c.req.param('id'));
    const page = await readPage(inputOf(c, people), (range) => readFollowerIds(c.env.web.pool, id, range));
    linkPages(c, page.items, page.hasOlder);
    return c.json(await showAccounts(c, page.items));
  })
  .get('/api/v1/accounts/:id/following', anybody('read:accounts'), async (c) => {
    const { id } = await personOf(c, c.req.param('id'));
    const page = await readPage(inputOf(c, people), (range) => readFolloweeIds(c.env.web.pool, id, range));
    linkPages(c, page.items, page.hasOlder);
    return c.json(await showAccounts(c, page.items));
  })
  .post('/api/v1/accounts/:id/follow', bearer('write:follows'), async (c) => {
    const { web } = c.env;
    const edge = edgeOf(c.var.bearer.account, await personOf(c, c.req.param('id')));
    await web.followChanges.follow(edge);
    // Behind the answer, and again before the next read if it failed.
    web.afterAnswer.run(() => backfill(web.pool, web.timelines, edge.followerId));
    return c.json(await relationshipOf(web, edge));
  })
  .post('/api/v1/accounts/:id/unfollow', bearer('write:follows'), async (c) => {
    const { web } = c.env;
    const edge = edgeOf(c.var.bearer.account, await personOf(c, c.req.param('id')));
    await web.followChanges.unfollow(edge);
    return c.json(await relationshipOf(web, edge));
  });

function edgeOf(follower: { id: number }, followee: { id: number }): Edge {
  if (followee.id === follower.id)
    throw new MastodonError(403, 'This action is not allowed: nobody follows themselves');
  return { followerId: follower.id, followeeId: followee.id };
}

async function relationshipOf({ pool }: Web, { followerId, followeeId }: Edge) {
  const [relation] = await readRelations(pool, followerId, [followeeId]);
  if (!relation) throw notFound();
  return toRelationship(relation);
}

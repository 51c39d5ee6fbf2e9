import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { anybody, bearer } from '#api/mastodon/bearer.ts';
import { flag, inputOf, listOf } from '#api/mastodon/bodies.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { invalid } from '#api/mastodon/errors.ts';
import { linkPages, type Page, pageOf, readPage } from '#api/mastodon/paging.ts';
import { showStatuses } from '#api/mastodon/shown.ts';
import type { IdRange } from '#core/id-range.ts';
import type { HomeReader } from '#core/timelines/home-reader.ts';
import { readNewest, readNewestOfTag } from '#core/tweets/newest.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

const page = pageOf(20, 40);
const tags = listOf(z.string(), 10).optional();
const filters = z.object({
  only_media: flag.nullish(),
  remote: flag.nullish(),
  ...{ any: tags, all: tags, none: tags },
});

/** Tweets in the order of their ids, the newest first. */
export const timelines = new Hono<MastodonEnv>()
  .get('/api/v1/timelines/home', bearer('read:statuses'), async (c) =>
    answer(c, await readHome(c.env.web.homes, c.var.bearer.account.id, inputOf(c, page))),
  )
  .get('/api/v1/timelines/public', anybody('read:statuses'), async (c) =>
    answer(c, await filtered(c, (range) => readNewest(c.env.web.pool, range))),
  )
  .get('/api/v1/timelines/tag/:tag', anybody('read:statuses'), async (c) => {
    const { any, all, none } = inputOf(c, filters);
    if (any ?? all ?? none) throw invalid('any, all, none: expected one tag alone');
    const tag = c.req.param('tag').replace(/^#/, '');
    return answer(c, await filtered(c, (range) => readNewestOfTag(c.env.web.pool, tag, range)));
  });

type Call = Pick<Context<MastodonEnv>, 'env' | 'req' | 'var' | 'header' | 'json'>;

async function answer(c: Call, { items, hasOlder }: Page<Tweet>) {
  linkPages(
    c,
    items.map(({ id }) => id),
    hasOlder,
  );
  return c.json(await showStatuses(c, items));
}

/** A page of home. The reader of home knows itself whether it is the last. */
async function readHome(homes: HomeReader, userId: number, range: IdRange): Promise<Page<Tweet>> {
  const { before, after, limit, take } = range;
  if (take === 'oldest')
    return { items: await homes.readAbove({ userId, before, after, limit }), hasOlder: after > 0 };
  const { tweets, next } = await homes.read({ userId, before, limit });
  const items = after > 0 ? tweets.filter(({ id }) => id > after) : tweets;
  return { items, hasOlder: next !== null && items.length === tweets.length };
}

/** Nobody posts media, and nobody is on another server. */
function filtered(c: Pick<Call, 'var'>, read: (range: IdRange) => Promise<Tweet[]>): Promise<Page<Tweet>> {
  const { only_media: isMedia, remote } = inputOf(c, filters);
  if (isMedia || remote) return Promise.resolve({ items: [], hasOlder: false });
  return readPage(inputOf(c, page), read);
}

import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { anybody, type BearerEnv, bearer } from '#api/mastodon/bearer.ts';
import { inputOf } from '#api/mastodon/bodies.ts';
import { toTag, tweetUrl } from '#api/mastodon/entities.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { handleOf } from '#api/mastodon/handle-of.ts';
import { originOf } from '#api/mastodon/origin.ts';
import { limitOf } from '#api/mastodon/paging.ts';
import { showAccounts, showStatuses } from '#api/mastodon/shown.ts';
import { findByHandle } from '#core/accounts/people.ts';
import { readSuggestions } from '#core/suggestions/suggestions.ts';
import { readTweet } from '#core/tweets/tweet.ts';

const few = (usual: number) =>
  z.object({ limit: limitOf(usual, 40), offset: z.coerce.number().int().min(0).max(1_000).default(0) });

const searched = few(20).extend({
  q: z.string({ error: 'Expected what to look for' }).trim(),
  type: z.enum(['accounts', 'statuses', 'hashtags']).nullish(),
});

/** What is talked about, whom one might follow, and what is found by its name. */
export const discovery = new Hono<MastodonEnv>()
  .on('GET', ['/api/v1/trends', '/api/v1/trends/tags'], anybody('read'), async (c) => {
    const { limit, offset } = inputOf(c, few(10));
    return c.json((await tagsOf(c)).slice(offset, offset + limit));
  })
  .get('/api/v1/tags/:tag', anybody('read'), async (c) => {
    const tag = c.req.param('tag').toLowerCase();
    return c.json((await tagsOf(c)).find(({ name }) => name === tag) ?? toTag(tag, originOf(c)));
  })
  .get('/api/v1/suggestions', bearer('read:accounts'), async (c) => c.json(await suggestedTo(c)))
  .get('/api/v2/suggestions', bearer('read:accounts'), async (c) => {
    const suggested = await suggestedTo(c);
    const why = { source: 'past_interactions', sources: ['friends_of_friends'] };
    return c.json(suggested.map((account) => ({ ...why, account })));
  })
  .get('/api/v2/search', anybody('read:search'), async (c) => {
    const { q, type, limit, offset } = inputOf(c, searched);
    const wants = (kind: typeof type) => q !== '' && (!type || type === kind);
    const part = { q, from: offset, to: offset + limit };
    const [accounts, statuses, hashtags] = await Promise.all([
      wants('accounts') ? findAccounts(c, part) : [],
      wants('statuses') ? findStatuses(c, part) : [],
      wants('hashtags') ? findTags(c, part) : [],
    ]);
    return c.json({ accounts, statuses, hashtags });
  });

type Call = Pick<Context<MastodonEnv>, 'env'>;
type Part = { q: string; from: number; to: number };

/** Tags that are talked about; of the trends of words clients have no notion. */
async function tagsOf(c: Call) {
  const trends = await c.env.web.clients.tagTrends.read();
  return trends.map((trend) => toTag(trend.tag, originOf(c), trend));
}

async function suggestedTo(c: Pick<Context<BearerEnv>, 'env' | 'var'>) {
  const { limit, offset } = inputOf(c, few(40));
  const list = await readSuggestions(c.env.web.prisma, c.var.bearer.account.id, offset + limit);
  return showAccounts(c, list?.accounts.slice(offset).map(({ id }) => id) ?? []);
}

/** By the beginning of the handle: whoever has exactly this handle comes first. */
async function findAccounts(c: Call, { q, from, to }: Part) {
  const handle = handleOf(c, q);
  const found = handle === undefined ? [] : await findByHandle(c.env.web.pool, handle, { limit: to });
  return showAccounts(c, found.slice(from));
}

/** By its id or its address. No words are looked for in texts. */
async function findStatuses(c: Call, { q, from }: Part) {
  const id = Number(/^\d{1,15}$/.exec(q)?.[0] ?? /\/t\/(\d{1,15})\/delivery$/.exec(q)?.[1]);
  const isNamed = !Number.isNaN(id) && (q === String(id) || q === tweetUrl(id, originOf(c)));
  const tweet = isNamed && from === 0 ? await readTweet(c.env.web.pool, id) : null;
  return tweet ? showStatuses(c, [tweet]) : [];
}

/** Those that are talked about and begin so. */
async function findTags(c: Call, { q, from, to }: Part) {
  const beginning = q.replace(/^#/, '').toLowerCase();
  const found = (await tagsOf(c)).filter(({ name }) => name.startsWith(beginning));
  return found.slice(from, to);
}

import { createRoute } from '@hono/zod-openapi';
import type { TimelinePage } from '#api/contract.ts';
import { json, jsonBytes, problems, router, signedIn } from '#api/router.ts';
import { suggestionsView } from '#api/schemas/people.ts';
import { limitQuery, pageQuery } from '#api/schemas/requests.ts';
import { timelinePage, trendsView } from '#api/schemas/tweets.ts';
import { readSuggestions } from '#core/suggestions/suggestions.ts';
import { readTrends, TREND_HOURS } from '#core/trends/trends.ts';

const readHome = createRoute({
  method: 'get',
  path: '/api/timelines/home',
  summary: 'A page of the home timeline',
  ...signedIn,
  request: { query: pageQuery },
  responses: { 200: json(timelinePage, 'The newest first'), ...problems(400, 401, 403, 503) },
});

const listTrends = createRoute({
  method: 'get',
  path: '/api/trends',
  summary: 'The words and tags that most tweets of the last hours hold, counted every 30 s',
  request: { query: limitQuery },
  responses: { 200: json(trendsView, 'As they were counted last'), ...problems(400, 503) },
});

const listSuggestions = createRoute({
  method: 'get',
  path: '/api/suggestions',
  summary: 'Whom the acting account might follow, as it was computed last',
  ...signedIn,
  request: { query: limitQuery },
  responses: {
    200: json(suggestionsView, '`POST /api/tasks` computes it anew'),
    ...problems(400, 401, 403, 503),
  },
});

/** The home timeline, and what stands beside it. */
export const timelines = router('Timelines')
  .openapi(readHome, async (c) =>
    jsonBytes<TimelinePage>(c, await c.env.web.reads.homeJson(c.var.account.id, c.req.valid('query'))),
  )
  .openapi(listTrends, async (c) => {
    const trends = await readTrends(c.env.web.pool, c.req.valid('query').limit);
    return c.json({ ...trends, hours: TREND_HOURS }, 200);
  })
  .openapi(listSuggestions, async (c) => {
    const list = await readSuggestions(c.env.web.prisma, c.var.account.id, c.req.valid('query').limit);
    return c.json(list ?? { accounts: [], readers: 0, computedAt: null }, 200);
  });

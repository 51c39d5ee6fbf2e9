import { createRoute, z } from '@hono/zod-openapi';
import { carry } from '#api/live/carry.ts';
import { parseTopics } from '#api/live/topics.ts';
import { problems, router, sessionOf } from '#api/router.ts';

const openStream = createRoute({
  method: 'get',
  path: '/api/stream',
  summary:
    'Live events of `?topics=posts:{handle},home:{handle},tasks:{handle},all-tasks:{handle},schedules,delivery:{id},status,console,lab,invariants`',
  request: { query: z.object({ topics: z.string().optional(), lastEventId: z.string().optional() }) },
  responses: {
    200: {
      description: 'Server-sent events; resumes after `Last-Event-ID`',
      content: { 'text/event-stream': {} },
    },
    ...problems(400, 403, 503),
  },
});

/** One multiplexed stream a tab: see StreamEvents in api/contract.ts. */
export const stream = router('Live').openapi(openStream, async (c) => {
  const { web } = c.env;
  web.streams.requireRoom();
  const { topics: asked, lastEventId } = c.req.valid('query');
  const topics = parseTopics(asked ?? null, await sessionOf(c));
  const since = Number(c.req.header('last-event-id') ?? lastEventId ?? '');
  const opened = web.streams.open();
  // Nobody reads a body that is not sent, or cancels it: the stream would be open, and fill, for good.
  if (c.req.method === 'HEAD') opened.end();
  else carry(web, opened, { topics, since: Number.isSafeInteger(since) && since > 0 ? since : null });
  return opened.response;
});

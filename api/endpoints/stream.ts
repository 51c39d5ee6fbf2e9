import { createRoute, z } from '@hono/zod-openapi';
import { bearsToken } from '#api/internals.ts';
import { carry } from '#api/live/carry.ts';
import { EventStream } from '#api/live/event-stream.ts';
import { parseTopics } from '#api/live/topics.ts';
import { networkOf } from '#api/proxy.ts';
import { problems, router, sessionOf } from '#api/router.ts';
import { cookieIn } from '#api/session.ts';

const openStream = createRoute({
  method: 'get',
  path: '/api/stream',
  summary:
    'Live events of `?topics=posts:{handle},home:{handle},tasks:{handle},all-tasks:{handle},schedules,delivery:{id},status,console,console:{handle},lab,stage,invariants,race`',
  request: { query: z.object({ topics: z.string().optional(), lastEventId: z.string().optional() }) },
  responses: {
    200: {
      description: 'Server-sent events; resumes after `Last-Event-ID`',
      content: { 'text/event-stream': {} },
    },
    ...problems(400, 403, 429, 503),
  },
});

/** One multiplexed stream a tab: see StreamEvents in api/contract.ts. */
export const stream = router('Live').openapi(openStream, async (c) => {
  const { web, incoming, outgoing } = c.env;
  const { topics: asked, lastEventId } = c.req.valid('query');
  const session = await sessionOf(c);
  const topics = parseTopics(asked ?? null, session);
  const since = cursorOf(c.req.header('last-event-id') ?? lastEventId);
  const client = {
    address: networkOf(incoming, web.config.TRUST_PROXY),
    session: session.accounts.length > 0 ? cookieIn(c.req.header('cookie')) : undefined,
  };
  const opened = web.streams.open(
    client,
    (mostWaiting) => new EventStream({ connection: outgoing, mostWaiting }),
  );
  // Nobody reads a body that is not sent, or cancels it: the stream would be open, and fill, for good.
  if (c.req.method === 'HEAD') opened.end();
  else carry(web, opened, { topics, since, token: bearsToken(c) });
  return opened.response;
});

/** The id of the newest arrival that was heard, 0 when none was; null for anything else. */
const cursorOf = (text = ''): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);

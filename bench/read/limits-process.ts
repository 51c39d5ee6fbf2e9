import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { openRedis } from '#core/redis.ts';
import { readTimeline } from '#core/timelines/timeline.ts';
import { PAGE } from '../stage/pages.ts';

/*
 * The limits that `read` is compared with, on the same server library: an answer that takes nothing, and the ids of a
 * page from Redis alone, by the very script that home reads with. `node limits-process.ts PORT TIMELINE_REDIS_URL`.
 */

const [port, redisUrl = ''] = process.argv.slice(2);
const store = { redis: openRedis(redisUrl, 'bench limits'), shards: 1, cap: 800 };

const limits = new Hono();
limits.get('/empty', (context) => context.json({ ok: true }));
limits.get('/ids/:reader', async (context) => {
  const timeline = await readTimeline(store, Number(context.req.param('reader')));
  if (timeline.outcome !== 'warm') return context.json({ expected: 'warm', got: timeline.outcome }, 503);
  return context.json({ ids: timeline.ids.slice(0, PAGE) });
});

serve({ fetch: limits.fetch, port: Number(port), hostname: '127.0.0.1' });

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { openRedis } from '#core/redis.ts';
import { epochKey, timelineKey } from '#core/timelines/timeline.ts';
import { PAGE } from '#lab/load/pages.ts';

/*
 * The limit that `read` is compared with: the server library of the application answers with the ids of a page, from
 * Redis alone (page-ids.lua). `node limits-process.ts PORT`, with TIMELINE_REDIS_URL in the environment.
 */

const [port] = process.argv.slice(2);
const LAYOUT = { shards: 1 }; // on a single Redis
const redis = openRedis(process.env.TIMELINE_REDIS_URL ?? '', 'bench limits');
const script = readFileSync(join(process.cwd(), 'lab/bench/read/page-ids.lua'), 'utf8');
const sha = createHash('sha1').update(script).digest('hex');
await redis.script('LOAD', script);

const limits = new Hono();
limits.get('/ids/:reader', async (context) => {
  const key = timelineKey(Number(context.req.param('reader')), LAYOUT);
  const ids = await redis.evalsha(sha, 2, key, epochKey('0'), PAGE);
  if (!Array.isArray(ids) || ids.length < PAGE)
    return context.json({ expected: `${PAGE} ids`, got: ids }, 503);
  return context.json({ ids: ids.map(Number) });
});

serve({ fetch: limits.fetch, port: Number(port), hostname: '127.0.0.1' });

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { z } from 'zod';
import { postgresClock } from '#core/postgres.ts';
import { serversOf } from '#core/redis.ts';
import { readRows } from '#core/rows.ts';
import { startClocks } from '#core/timelines/epoch.ts';
import { type TimelineStore, tagOf, timelinePrefix } from '#core/timelines/timeline.ts';

/** Users by id, both included. */
export type Users = { from: number; to: number };

const RANGE = 100_000; // users a query: writing their timelines takes the store some 0.3 s
const CALL = 5_000; // users a Lua call, so that others wait a few ms at most
const AT_ONCE = 8; // calls. The last one waits for the others, and fails after 5 s, which full timelines may take
const USER = 8; // digits of a packed id

/**
 * Writes from Postgres the home timeline of every user of the range who follows anybody, over whatever was there;
 * returns how many. The system must be at rest: a tweet that is delivered meanwhile would be overwritten.
 */
export async function warmTimelines(pool: pg.Pool, store: TimelineStore, users: Users): Promise<number> {
  await startClocks(store, await postgresClock(pool));
  const warm = await loadScript(store);
  const tweets = await readTweets(pool, store.cap);
  let written = 0;
  let writing: Promise<number> = Promise.resolve(0);
  for (let from = users.from; from <= users.to; from += RANGE) {
    const readers = await readReaders(pool, store, { from, to: Math.min(from + RANGE - 1, users.to) });
    written += await writing; // the store writes one range while Postgres groups the next
    writing = writeAll(readers, tweets, { store, warm });
  }
  return written + (await writing);
}

type Tweets = Map<string, number[]>;

/** The newest ids of every author: one more than a timeline keeps, so that the floor is known. */
async function readTweets(pool: pg.Pool, cap: number): Promise<Tweets> {
  const rows = await readRows(pool, z.object({ author: z.string(), ids: z.string() }), {
    text: `SELECT author_id::text AS author, string_agg(newest.id::text, ',') AS ids
     FROM (SELECT DISTINCT author_id FROM tweet) AS author
     CROSS JOIN LATERAL (
       SELECT id FROM tweet t
       WHERE t.author_id = author.author_id AND deleted_at IS NULL ORDER BY id DESC LIMIT $1
     ) AS newest
     GROUP BY author_id`,
    values: [cap + 1],
  });
  return new Map(rows.map(({ author, ids }) => [author, ids.split(',').map(Number)]));
}

/** Users of one shard who follow the same accounts, and so have the same timeline. */
const readers = z.object({ shard: z.int(), followees: z.string(), users: z.string() });

type Readers = z.infer<typeof readers>;

/**
 * A million followers of the demo have about 13,000 different timelines. Grouped like this, each is merged only once.
 */
async function readReaders(
  pool: pg.Pool,
  { shards }: TimelineStore,
  { from, to }: Users,
): Promise<Readers[]> {
  return readRows(pool, readers, {
    text: `SELECT follower_id % $3 AS shard, followees, encode(string_agg(int4send(follower_id), ''), 'hex') AS users
     FROM (
       SELECT follower_id, string_agg(followee_id::text, ',' ORDER BY followee_id) AS followees
       FROM follow WHERE follower_id BETWEEN $1 AND $2 GROUP BY follower_id
     ) AS reader
     GROUP BY shard, followees`,
    values: [from, to, shards],
  });
}

type Target = { store: TimelineStore; warm: Warm };

async function writeAll(all: Readers[], tweets: Tweets, { store, warm }: Target): Promise<number> {
  const calls = all.flatMap(({ shard, followees, users }) => {
    const timeline = merge(followees, tweets, store.cap);
    return slices(users).map((slice) => () => warm(shard, slice, timeline));
  });
  const left = calls.reverse();
  const write = async () => {
    let written = 0;
    for (let call = left.pop(); call; call = left.pop()) written += await call();
    return written;
  };
  const counts = await Promise.all(Array.from({ length: AT_ONCE }, write));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The newest ids of all followees and the floor marker: minus the largest id left out, 0 when none is. */
function merge(followees: string, tweets: Tweets, cap: number): number[] {
  const ids = followees.split(',').flatMap((followee) => tweets.get(followee) ?? []);
  ids.sort((a, b) => b - a);
  return [...ids.slice(0, cap), -(ids[cap] ?? 0)];
}

function slices(users: string): string[] {
  const count = Math.ceil(users.length / (CALL * USER));
  return Array.from({ length: count }, (_, n) => users.slice(n * CALL * USER, (n + 1) * CALL * USER));
}

type Warm = (shard: number, users: string, timeline: number[]) => Promise<number>;

/** Every server of the store needs the script. */
async function loadScript(store: TimelineStore): Promise<Warm> {
  const source = readFileSync(join(process.cwd(), 'prisma', 'seed', 'warm.lua'), 'utf8');
  const servers = await serversOf(store.redis);
  const [sha] = await Promise.all(servers.map((server) => server.script('LOAD', source)));
  return async (shard, users, timeline) =>
    Number(
      await store.redis.evalsha(String(sha), 1, timelinePrefix(tagOf(store, shard)), users, ...timeline),
    );
}

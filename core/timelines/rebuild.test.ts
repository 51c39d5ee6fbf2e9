import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { Link } from '#testing/link.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { whenAsked } from '#testing/when-asked.ts';
import { openWorld, type World } from '#testing/world.ts';
import { HomeReader } from './home-reader.ts';
import { readHome } from './home-timeline.ts';
import { readTimeline } from './read-timeline.ts';
import { settleOnce } from './settle.ts';
import { packId, pushChunk, type TimelineStore } from './timeline.ts';

const PATIENCE = 300; // ms, for a statement and for a command

let world: World;
let timelines: TimelineStore;
let author = 0; // every test has people of its own
beforeAll(async () => {
  world = await openWorld();
  timelines = { redis: world.timelines, shards: 1, cap: 100 };
  await settleOnce(world.postgres.pool, timelines);
});
beforeEach(async () => {
  author += 10;
  await addUsers(world.postgres.pool, range(author, author + 1));
  await addFollowers(world.postgres.pool, author, [author + 1]);
});
afterAll(() => world.close());

/** Posts three tweets, and returns the page of the follower that has to come, whatever becomes of the rebuild. */
async function pageToCome() {
  const { pool } = world.postgres;
  const ids = [await post(pool, author), await post(pool, author), await post(pool, author)].reverse();
  return { ids, request: { userId: author + 1, limit: 2 } };
}

/** Holds up whoever reads chunks, which a rebuild does and a page does not. Returns how to let them go. */
async function holdUpRebuilds(): Promise<() => Promise<void>> {
  const client = await world.postgres.pool.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE chunk IN ACCESS EXCLUSIVE MODE');
  return async () => {
    await client.query('COMMIT');
    client.release();
  };
}

/** A pool that does something right before the snapshot of a rebuild is taken. */
function beforeSnapshot(pool: pg.Pool, act: () => void): pg.Pool {
  const query = (statement: string | pg.QueryConfig, values?: unknown[]) => {
    const text = typeof statement === 'object' ? statement.text : statement;
    if (text.includes('newest AS')) act();
    return typeof statement === 'object' ? pool.query(statement) : pool.query(statement, values);
  };
  return Object.assign(Object.create(pool), { query, connect: () => pool.connect() });
}

it('that Postgres gives up as too slow leaves the reader a page, and the timeline cold', async () => {
  const impatient = openPostgres({ url: world.databaseUrl, name: 'test', max: 2, answerMs: PATIENCE });
  onTestFinished(() => impatient.close());
  const { ids, request } = await pageToCome();
  const home = new HomeReader({ pool: impatient.pool, timelines });
  const letGo = await holdUpRebuilds();
  const page = await home.read(request).finally(letGo);
  expect(page.tweets.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(page).toMatchObject({ source: 'postgres', next: ids[1] });
  expect((await readTimeline(timelines, request.userId)).outcome).toBe('cold');
});

it('in whose middle the link to the store stalls leaves the reader a page', async () => {
  const link = await Link.open(Number(new URL(world.timelineRedisUrl).port));
  const url = Object.assign(new URL(world.timelineRedisUrl), { port: link.port }).href;
  const redis = openRedis(url, 'test', PATIENCE);
  onTestFinished(async () => {
    redis.disconnect();
    await link.close();
  });
  const { ids, request } = await pageToCome();
  const pool = beforeSnapshot(world.postgres.pool, () => link.stall());
  const home = new HomeReader({ pool, timelines: { ...timelines, redis } });
  const page = await home.read(request);
  expect(page.tweets.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(page).toMatchObject({ source: 'postgres', next: ids[1] });
  link.heal();
});

it('that is overtaken by more pushes than a timeline holds leaves no hole', async () => {
  const { pool } = world.postgres;
  const small = { ...timelines, cap: 10 };
  const ids = await write(1);
  const overtaken = whenAsked(pool, /newest AS/, async () => {
    for (const id of await write(91)) {
      ids.unshift(id);
      await pushChunk(small, { tweetId: id, chunk: 0, shard: 0, followers: packId(author + 1) });
    }
  });
  await readHome({ pool: overtaken, timelines: small }, { userId: author + 1, limit: 5 });
  const shown: number[] = [];
  for (let before: number | null | undefined; before !== null; ) {
    const request = { userId: author + 1, limit: 40, ...(before !== undefined && { before }) };
    const page = await readHome({ pool, timelines: small }, request);
    shown.push(...page.tweets.map(({ id }) => id));
    before = page.next;
  }
  expect(shown).toEqual(ids);
});

/** Writes tweets that no ledger knows of, the oldest first. */
async function write(count: number): Promise<number[]> {
  const { rows } = await world.postgres.pool.query<{ id: number }>(
    `INSERT INTO tweet (id, author_id, text) SELECT nextval('tweet_id_seq'), $1, 'Tweet' FROM generate_series(1, $2)
     RETURNING id`,
    [author, count],
  );
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import getPort from 'get-port';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { PROGRESS } from '#core/ledger/delivery.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { finishChunks, startChunks } from '#core/ledger/start-and-finish.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { pushChunk } from '#core/timelines/timeline.ts';
import { nodeArgs } from '#dev/paths.ts';
import { eventually } from '#testing/eventually.ts';
import { Link } from '#testing/link.ts';
import { addDemoAccount, addFollowers, addUsers, post } from '#testing/people.ts';
import { openWebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

const [AUTHOR, READER] = [1, 2];

let world: World;
let link: Link;
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  await settleOnce(pool, store());
  await addUsers(pool, [AUTHOR]);
  await addDemoAccount(pool, { id: READER, handle: 'reader' });
  await addFollowers(pool, AUTHOR, [READER]);
  await readHome({ pool, timelines: store() }, { userId: READER, limit: 1 });
  link = await Link.open(Number(new URL(world.timelineRedisUrl).port));
});
afterAll(async () => {
  await link.close();
  await world.close();
});

const store = () => ({ redis: world.timelines, shards: 1, cap: 800 });
const throughLink = () => world.timelineRedisUrl.replace(/:\d+\//, `:${link.port}/`);

/** Pushes a tweet that was posted before, and tells it as a worker does. */
async function deliver(tweetId: number, { tell = true } = {}): Promise<void> {
  const { pool } = world.postgres;
  await planChunks(pool, tweetId, { chunkSize: 10, shards: 1, most: 10 });
  const [work] = await startChunks(pool, { tweetId, chunk: 0, count: 1 }, { worker: 'test', shards: 1 });
  if (!work) throw new Error(`Expected a chunk of tweet ${tweetId}`);
  const pushed = await pushChunk(store(), { ...work, chunk: 0 });
  await finishChunks(pool, [{ tweetId, pushed: [{ number: 0, ...pushed }] }]);
  const { shard, fromId, toId } = work;
  const delivery = { tweetId, authorId: AUTHOR };
  if (tell) PROGRESS.tell(world.timelines, { kind: 'finished', delivery, ranges: [{ shard, fromId, toId }] });
}

/** A web process of its own, which can be killed. */
async function startWeb() {
  const port = await getPort();
  const child = spawn(process.execPath, [...nodeArgs('testing/web-process.ts'), String(port)], {
    env: { ...process.env, ...environment(), PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message'); // `ready`
  const kill = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return { url: `http://127.0.0.1:${port}`, kill };
}

const environment = () => ({
  ...{ DATABASE_URL: world.databaseUrl, TIMELINE_REDIS_URL: world.timelineRedisUrl },
  ...{ QUEUE_REDIS_URL: world.queueRedisUrl, SESSION_SECRET: 'a secret of the tests', BROKER: 'bullmq' },
});

const arrival = z.object({ tweet: z.object({ id: z.int() }) });
const leaving: AbortController[] = [];
afterEach(() => {
  for (const each of leaving.splice(0)) each.abort();
});

/** The reader's stream: the ids of the tweets that arrived, and the id to go on from. */
async function openStream(url: string, lastEventId = '') {
  const headers = { 'content-type': 'application/json' };
  const entered = await fetch(`${url}/api/session`, { method: 'POST', headers, body: '{"handle":"reader"}' });
  const cookie = entered.headers.get('set-cookie') ?? '';
  const left = new AbortController();
  leaving.push(left);
  const query = new URLSearchParams({ topics: 'home:reader', lastEventId });
  const response = await fetch(`${url}/api/stream?${query}`, { headers: { cookie }, signal: left.signal });
  let text = '';
  void (async () => {
    for await (const piece of response.body ?? []) text += new TextDecoder().decode(piece);
  })().catch(() => {}); // its process was killed
  const data = () => [...text.matchAll(/^event: arrival\ndata: (.*)$/gm)].map(([, json = '']) => json);
  return {
    arrived: () => data().map((json) => arrival.parse(JSON.parse(json)).tweet.id),
    lastEventId: () => [...text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '',
    hears: (tweetId: number) =>
      eventually(() =>
        expect(data().map((json) => arrival.parse(JSON.parse(json)).tweet.id)).toContain(tweetId),
      ),
  };
}

/** Two tweets, of which the one with the larger id is pushed first. */
async function postTwo(): Promise<[lower: number, higher: number]> {
  const { pool } = world.postgres;
  return [await post(pool, AUTHOR), await post(pool, AUTHOR)];
}

it('a tweet that is pushed after one with a larger id arrives, although its web process was killed in between', async () => {
  const [lower, higher] = await postTwo();
  const [first, second] = await Promise.all([startWeb(), startWeb()]);
  const before = await openStream(first.url);
  await eventually(() => expect(before.lastEventId()).not.toBe(''));
  await deliver(higher);
  await before.hears(higher);
  await first.kill();
  await deliver(lower);
  const after = await openStream(second.url, before.lastEventId());
  await after.hears(lower);
  await second.kill();
});

it('arrives as well when the server had lost its connection to Redis and the stream went on', async () => {
  const stage = await openWebStage({ ...world, timelineRedisUrl: throughLink() });
  const [lower, higher] = await postTwo();
  const stream = await openStream(stage.url);
  await deliver(higher);
  await stream.hears(higher);
  link.cut();
  await deliver(lower);
  link.heal();
  await stream.hears(lower);
  expect(new Set(stream.arrived()).size).toBe(stream.arrived().length); // on one stream nothing comes twice
  await stage.stop();
});

it('arrives when the ledger was away as its hint came', async () => {
  const postgres = await Link.open(Number(new URL(world.databaseUrl).port));
  const databaseUrl = world.databaseUrl.replace(/:\d+\//, `:${postgres.port}/`);
  const stage = await openWebStage({ ...world, databaseUrl });
  const stream = await openStream(stage.url);
  const tweetId = await post(world.postgres.pool, AUTHOR);
  await eventually(() => expect(stream.lastEventId()).not.toBe(''));
  const heard = new Promise<void>((resolve) => {
    stage.web.progress.listen((hint) => hint !== 'resync' && hint.kind === 'finished' && resolve());
  });
  const asked = vi.spyOn(stage.web.pool, 'query');
  postgres.cut();
  await deliver(tweetId);
  await heard;
  await expect(asked.mock.results[0]?.value).rejects.toThrow(); // who is looking is not known
  postgres.heal();
  await stream.hears(tweetId);
  await stage.stop();
  await postgres.close();
});

it('arrives when its worker died before the hint, as soon as the message is handed out again', async () => {
  const stage = await openWebStage(world);
  const stream = await openStream(stage.url);
  await eventually(() => expect(stream.lastEventId()).not.toBe(''));
  const tweetId = await post(world.postgres.pool, AUTHOR);
  await deliver(tweetId, { tell: false });
  PROGRESS.tell(world.timelines, { kind: 'changed', tweetId, delivery: { tweetId, authorId: AUTHOR } });
  await stream.hears(tweetId);
  await stage.stop();
});

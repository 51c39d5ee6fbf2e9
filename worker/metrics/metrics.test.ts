import { once } from 'node:events';
import { get as httpGet } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { brokerVariables } from '#broker/variables.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { fanOutOf } from '#core/messages.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';
import { freePort } from '#dev/ports.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, range } from '#testing/people.ts';
import { workerContext } from '#testing/worker-context.ts';
import { openWorld, type World } from '#testing/world.ts';
import { type RunningWorker, startWorker } from '#worker/start-worker.ts';
import { byName, KINDS } from '#worker/tasks/kinds.ts';
import { type Measured, openFigures } from './open-figures.ts';

/** What one worker tells of a small tweet, a large one and a task. */

const CHUNK = 10; // followers
const [SMALL, LARGE] = [3, 35]; // followers: one chunk, and four

let world: World;
let broker: Broker;
let worker: RunningWorker;
let open: Measured;
let port: number;
beforeAll(async () => {
  world = await openWorld();
  const { pool, prisma } = world.postgres;
  const timelines = { redis: world.timelines, shards: 1, cap: 800 };
  await settleOnce(pool, timelines);
  broker = openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: world.queueRedisUrl }));
  const context = workerContext({
    name: 'A',
    pool,
    prisma,
    broker,
    hints: world.timelines,
    chunkSize: CHUNK,
  });
  port = await freePort();
  open = await measuredWorker(context, port);
  await addUsers(pool, range(1, 2 + LARGE));
  await addFollowers(pool, 1, range(3, 2 + SMALL));
  await addFollowers(pool, 2, range(3, 2 + LARGE));
  await readHome({ pool, timelines }, { userId: 3, limit: 1 }); // the only one who is warm
  for (const authorId of [1, 2]) await deliver(authorId);
  await askTasks(pool, [{ kind: 'trends', data: {} }]);
});
afterAll(async () => {
  await worker?.stop(2_000);
  await open?.close();
  await broker.close(0);
  await world.close();
});

async function measuredWorker(context: Parameters<typeof openFigures>[0], at: number): Promise<Measured> {
  const found = await openFigures(context, { METRICS_PORT: at, METRICS_TOKEN: undefined });
  if (!found) throw new Error('Expected a worker with METRICS_PORT to be measured');
  const kinds = found.watch(byName([...KINDS.values()]));
  worker = startWorker(found.context, {
    ...{ fanOutConcurrency: 4, deliveryConcurrency: 2, log: () => {} },
    tasks: { kinds, concurrency: 1, urgentConcurrency: 1 },
  });
  return found;
}

async function deliver(authorId: number): Promise<void> {
  const { pool } = world.postgres;
  const posted = await postTweet(pool, {
    authorId,
    text: 'Measured',
    idempotencyKey: `measured-${authorId}`,
  });
  if (posted.outcome !== 'posted') throw new Error(`Expected a tweet, got ${posted.outcome}`);
  const { id } = posted.tweet;
  await broker.publish('fan-out', [fanOutOf(id)]);
  await eventually(async () => {
    const [delivery] = await readDeliveries(pool, [id]);
    expect(delivery?.state).toBe('delivered');
  });
}

const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init);
const scrape = async () => (await get('/metrics')).text();
const figure = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')
      .at(-1),
  );

test('a worker tells its chunks, pushes by lane, messages, statements and lag', async () => {
  const text = await eventually(async () => {
    const found = await scrape();
    expect(figure(found, 'worker_messages_total{queue="delivery",outcome="done"}')).toBe(4);
    return found;
  });
  const expected = {
    'worker_chunks_total{outcome="pushed"}': 5,
    'worker_deliveries_total{outcome="delivered"}': 2,
    'worker_deliveries_total{outcome="cold"}': SMALL + LARGE - 2,
    'worker_push_duration_seconds_count{lane="small",outcome="done"}': 1,
    'worker_push_duration_seconds_count{lane="large",outcome="done"}': 4,
    'worker_push_wait_seconds_count{lane="large"}': 4,
    'worker_pushes{lane="large",state="running"}': 0,
    'worker_pushes{lane="large",state="waiting"}': 0,
    'worker_messages_total{queue="fan-out",outcome="done"}': 2,
    'worker_messages_held{queue="delivery"}': 0,
    'worker_messages_published_total{queue="delivery"}': 4,
    worker_delivery_lag_seconds_count: 5,
    worker_timeline_store_up: 1,
  };
  const found = Object.keys(expected).map((series) => [series, figure(text, series)]);
  expect(Object.fromEntries(found)).toEqual(expected);
  for (const name of ['finish-chunks', 'start-only-chunk', 'unnamed'])
    expect(
      figure(text, `worker_statement_duration_seconds_count{statement="${name}"}`),
      name,
    ).toBeGreaterThan(0);
  expect(text).toContain('nodejs_eventloop_lag_seconds');
});

test('a message that is given up is counted as dead', async () => {
  await broker.publish('fan-out', [{ key: 'again', body: { tweetIds: [0] } }]); // no such tweet, by its schema
  await eventually(async () =>
    expect(figure(await scrape(), 'worker_messages_total{queue="fan-out",outcome="dead"}')).toBe(1),
  );
});
test('figures are for programs on this machine, and for nobody behind a proxy or by a foreign name', async () => {
  const byName = httpGet({ port, path: '/metrics', headers: { host: 'fan.example' } });
  const [answer] = await once(byName, 'response');
  expect(answer.resume().statusCode).toBe(403);
  expect((await get('/metrics')).status).toBe(200);
  expect((await get('/metrics', { headers: { via: '1.1 proxy' } })).status).toBe(403);
  expect((await get('/elsewhere')).status).toBe(404);
  expect((await get('/metrics', { method: 'POST' })).status).toBe(405);
});

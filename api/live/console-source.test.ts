import { afterAll, beforeAll, expect, it } from 'vitest';
import { timelineFigures } from '#api/timeline-figures.ts';
import { openBroker } from '#broker/open-broker.ts';
import { type Broker, DeadLetter } from '#broker/port.ts';
import { brokerVariables } from '#broker/variables.ts';
import { costOf } from '#core/admission/admission.ts';
import { Tally } from '#core/console/tally.ts';
import { reportWorker } from '#core/ledger/workers.ts';
import { fanOutOf } from '#core/messages.ts';
import { leavingKey } from '#core/timelines/sweep-receipts.ts';
import { receiptsKey } from '#core/timelines/timeline.ts';
import { UNLIMITED } from '#core/tweets/post-tweet.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { type ConsoleSample, ConsoleSource } from './console-source.ts';

let world: World;
let broker: Broker;
let source: ConsoleSource;
const tally = new Tally();
beforeAll(async () => {
  world = await openWorld();
  broker = openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: world.queueRedisUrl }));
  const limits = { ...UNLIMITED, maxBacklog: 1_000 };
  const store = { redis: world.timelines, shards: 1, cap: 800 };
  const { pool } = world.postgres;
  const timelines = timelineFigures({ pool, timelines: store });
  source = new ConsoleSource({ pool, broker, limits, tally, timelines });
  await addUsers(world.postgres.pool, range(1, 11));
  await addFollowers(world.postgres.pool, 1, range(2, 11));
});
afterAll(async () => {
  await broker.close(0);
  await world.close();
});

/** As an operator sees it. */
type View = ConsoleSample['view'] & ConsoleSample['internals'];

/** Listens until a view is as wanted. */
async function viewThat(isWanted: (view: View) => boolean): Promise<View> {
  let stop = () => {};
  const found = new Promise<View>((resolve) => {
    stop = source.listen(({ view, internals }) => {
      const seen = { ...view, ...internals };
      if (isWanted(seen)) resolve(seen);
    });
  });
  return found.finally(() => stop());
}

it('samples the backlog, jobs, workers and answers, each in its own unit', async () => {
  await reportWorker(world.postgres.pool, 'A');
  const tweetId = await post(world.postgres.pool, 1);
  await broker.publish('fan-out', [fanOutOf(tweetId)]);
  tally.answered('full', 'somebody');
  tally.refused('somebody', 7);
  const view = await viewThat(({ completions }) => completions !== null);
  expect(view).toMatchObject({
    ...{ backlog: 10, fanOuts: 1, taken: costOf(10), costDone: 0 },
    limit: 1_000,
    completions: 0,
    littlesLaw: { state: 'stalled' },
    jobs: { 'fan-out': { waiting: 1, inFlight: 0, dead: 0 }, delivery: { waiting: 0 } },
    workers: [{ worker: 'A', alive: true, doing: [] }],
    posts: { refused: 1, lastRetryAfterS: 7 },
    limits: { maxBacklog: 1_000 },
  });
  expect(view.oldestWaitingMs).toBeGreaterThan(0);
});

it('shows what the timelines take of their store, how many there are, and how many readers have none', async () => {
  await world.timelines.rpush('h:{0}:00000002', 5, -1);
  await world.timelines.hset('receipt:{0}:1', '0', '1 0');
  await world.timelines.rpush(receiptsKey('0'), 1, 2);
  await world.timelines.rpush(leavingKey('0'), 'a batch', 3);
  for (const key of ['receipt:{0}:2', 'receipt:{0}:3']) await world.timelines.hset(key, '0', '1 0');
  await world.timelines.set('rebuild:{0}:2', 'a token', 'EX', 60);
  await world.postgres.pool.query(`UPDATE timeline_upkeep SET dropped = 3, dropped_at = '2026-01-01T10:00Z'`);
  // About: the list of receipts is a key as well, and a batch that leaves counts for the list of those.
  const { timelines } = await viewThat((view) => view.timelines?.held === 2);
  expect(timelines).toMatchObject({
    cold: 8,
    dropped: 3,
    dropping: false,
    droppedAt: '2026-01-01T10:00:00.000Z',
  });
  const { used = 0, max = 0, dropAbove, refuseAbove } = timelines ?? {};
  expect(used).toBeGreaterThan(100_000);
  expect(dropAbove).toBe(Math.floor((max ?? 0) * 0.75));
  expect(refuseAbove).toBe(Math.floor((max ?? 0) * 0.85));
});

it('asks a server that fails once a second, and not at each sample', async () => {
  let asked = 0;
  const timelines = () => {
    asked += 1;
    return Promise.reject(new Error('away'));
  };
  const { pool } = world.postgres;
  const failing = new ConsoleSource({ pool, broker, limits: UNLIMITED, tally, timelines });
  failing.keep();
  await eventually(async () => {
    await failing.glance();
    expect(asked).toBe(1);
  });
  for (let sample = 0; sample < 5; sample++) expect(await failing.glance()).toBeNull();
  expect(asked).toBe(1);
  failing.stop();
});

it('sees the arrivals of every process, since they are read from the backlog’s row', async () => {
  const first = viewThat(({ arrivals }) => (arrivals ?? 0) > 0);
  await viewThat(() => true);
  await post(world.postgres.pool, 1);
  expect((await first).backlog).toBe(20);
});

it('shows dead letters by what they died of', async () => {
  const giveUp = async () => {
    throw new DeadLetter('WRONGTYPE');
  };
  const consumer = broker.consume('delivery', giveUp, { concurrency: 1 });
  await broker.publish(
    'delivery',
    range(0, 2).map((chunk) => ({ key: `9-${chunk}`, body: { tweetId: 9, chunk } })),
  );
  const view = await viewThat(({ deadLetters }) => deadLetters[0]?.count === 3);
  await consumer.stop(1_000);
  expect(view.deadLetters).toMatchObject([{ queue: 'delivery', error: 'WRONGTYPE', count: 3 }]);
});

it('samples only while somebody looks: whoever comes later begins with an empty window', async () => {
  await viewThat(({ windowS }) => windowS > 0);
  await eventually(async () => expect((await viewThat(() => true)).windowS).toBe(0), { interval: 500 });
});

it('keeps the last minute while nobody looks, and has nothing to open with once it is stopped', async () => {
  await eventually(async () => expect(await source.glance()).toBeNull());
  source.keep();
  const kept = await eventually(async () => {
    const glance = await source.glance();
    expect(glance?.minute.length).toBeGreaterThan(2);
    return glance;
  });
  expect(kept?.minute.map(({ backlog }) => backlog)).toContain(kept?.view.backlog);
  expect(kept?.view.jobs.delivery?.dead).toBe(3);
  source.stop();
  await eventually(async () => expect(await source.glance()).toBeNull());
});

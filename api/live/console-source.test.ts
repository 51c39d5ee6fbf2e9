import { afterAll, beforeAll, expect, it } from 'vitest';
import { timelineFigures } from '#api/timeline-figures.ts';
import { openBroker } from '#broker/open-broker.ts';
import { type Broker, DeadLetter } from '#broker/port.ts';
import { brokerVariables } from '#broker/variables.ts';
import { Tally } from '#core/console/tally.ts';
import { leavingKey } from '#core/timelines/sweep-receipts.ts';
import { receiptsKey } from '#core/timelines/timeline.ts';
import { UNLIMITED } from '#core/tweets/post-tweet.ts';
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

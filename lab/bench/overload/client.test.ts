import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { costOf } from '#core/admission/admission.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { FanOutPublisher } from '#core/ledger/publish.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { TweetPoster } from '#core/tweets/post-statement.ts';
import { UNLIMITED } from '#core/tweets/post-tweet.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { Pauses, sendTweet } from './client.ts';
import { nothingSeen } from './policies.ts';

let world: World;
let broker: Broker;
beforeAll(async () => {
  world = await openWorld();
  broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: world.queueRedisUrl });
  await addUsers(world.postgres.pool, range(1, 11));
  await addFollowers(world.postgres.pool, 1, range(2, 11));
});
afterAll(async () => {
  await broker.close(0);
  await world.close();
});

function clientOf(maxBacklog: number) {
  const seen = nothingSeen();
  const { pool } = world.postgres;
  const publisher = new FanOutPublisher({ pool, publish: broker.publish.bind(broker), log: console.error });
  return {
    ...{ poster: new TweetPoster(pool), publisher, seen, pauses: new Pauses() },
    ...{ limits: { ...UNLIMITED, maxBacklog }, waitingList: new WaitingList(), random: () => 0 },
  };
}

test('a client that is refused comes back with the same tweet, and is counted once', async () => {
  const blocker = await post(world.postgres.pool, 1);
  const client = clientOf(costOf(10) + 5);
  const sending = sendTweet(client, 1);
  await expect.poll(() => client.seen.refusals).toBe(1);
  await deleteTweet(world.postgres.pool, 1, blocker);
  await sending;
  expect(client.seen).toMatchObject({
    offered: 1,
    admitted: 1,
    firstRetries: 1,
    admittedAtFirstRetry: 1,
    gaveUp: 0,
  });
  expect((await broker.depth('fan-out')).waiting).toBe(1);
});

test('when the time is over, whoever waits stops', async () => {
  await post(world.postgres.pool, 1);
  const client = clientOf(5);
  const sending = sendTweet(client, 1);
  await expect.poll(() => client.seen.refusals).toBe(1);
  client.pauses.end();
  await sending;
  expect(client.seen).toMatchObject({ admitted: 0, waiting: 1 });
});

test('a tweet whose earlier try is still being answered is asked for again, and is one tweet', async () => {
  const key = crypto.randomUUID();
  vi.spyOn(crypto, 'randomUUID').mockReturnValueOnce(key);
  const earlier = await world.postgres.pool.connect();
  onTestFinished(() => earlier.release(true));
  await earlier.query('BEGIN');
  await earlier.query('SELECT pg_advisory_xact_lock(1, hashtext($1))', [key]);
  const client = clientOf(1_000_000);
  const sending = sendTweet(client, 1);
  await expect.poll(() => client.seen.unavailable).toBe(1);
  await earlier.query('COMMIT');
  await sending;
  expect(client.seen).toMatchObject({ offered: 1, admitted: 1, gaveUp: 0 });
});

import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { type TestServer, Unavailable } from '#broker/conformance/fixture.ts';
import { FIXTURES } from '#broker/conformance/fixtures.ts';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { audit } from '#core/audit/audit.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { fanOutOf } from '#core/messages.ts';
import { openRedis } from '#core/redis.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { eventually } from '#testing/eventually.ts';
import { Link } from '#testing/link.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { workerContext } from '#testing/worker-context.ts';
import { openWorld, type World } from '#testing/world.ts';
import type { WorkerContext } from '#worker/context.ts';
import { relayOnce } from '#worker/relay.ts';
import { type RunningWorker, startWorker } from '#worker/start-worker.ts';

const START = 60_000; // ms; a server may have to be installed first
const CELEBRITY = 1;
const ORDINARY = 2;
const FOLLOWERS = range(3, 47); // five chunks for the celebrity
const ROUNDS = 10; // of the relay, each of them as if a lease had passed

let world: World;
let broker: Broker;
let link: Link;

describe.each(FIXTURES)('an outage of the timeline store on $name', ({ start }) => {
  let server: TestServer | undefined;
  let missing = '';
  beforeAll(async () => {
    world = await openWorld();
    link = await Link.open(Number(new URL(world.timelineRedisUrl).port));
    await addAudiences();
    server = await start().catch((error: Error) => {
      if (!(error instanceof Unavailable) || process.env.CI) throw error;
      missing = error.message;
      return undefined;
    });
    if (server) broker = openBroker(server.config);
  }, START);
  afterAll(async () => {
    if (server) await broker.close(0);
    await server?.stop();
    await link.close();
    await world.close();
  }, START);
  const onServer = (run: () => Promise<void>) => async (test: TestContext) => {
    if (missing) test.skip(missing);
    await run();
  };

  it(
    'adds no message however long it lasts, and everything is delivered once afterwards, whoever died meanwhile',
    onServer(async () => {
      const dies = startOne('dies');
      const stays = startOne('stays');
      await delivered(await publish(ORDINARY));
      link.stall();
      const tweets = [await publish(CELEBRITY), await publish(ORDINARY)]; // taken by those who know nothing yet
      for (const { context } of [dies, stays])
        await eventually(() => expect(context.epochs.known.size).toBe(0));
      const attempts = await countAttempts();
      for (const author of [CELEBRITY, ORDINARY, ORDINARY, CELEBRITY]) tweets.push(await publish(author));
      const before = await heldByBroker();

      await dies.worker.stop(0);
      const { context } = startOne('came later');
      for (const _ of range(1, ROUNDS)) {
        await makeDue();
        for (const each of [stays.context, context]) await relayOnce(each);
      }
      expect(await heldByBroker()).toBeLessThanOrEqual(2 * before);
      expect(await countAttempts()).toBe(attempts); // nobody read followers for nothing

      link.heal();
      for (const tweet of tweets) await delivered(tweet);
      for (const tweet of tweets) expect(await readBack(tweet)).toMatchObject({ missing: 0, twice: 0 });
      await eventually(async () => expect(await heldByBroker()).toBe(0));
    }),
    START,
  );
});

/** The celebrity has more followers than a chunk, and the other author has a few; all of them are warm. */
async function addAudiences(): Promise<void> {
  const { pool } = world.postgres;
  const timelines = { redis: world.timelines, shards: 1, cap: 800 };
  await settleOnce(pool, timelines);
  await addUsers(pool, [CELEBRITY, ORDINARY, ...FOLLOWERS]);
  await addFollowers(pool, CELEBRITY, FOLLOWERS);
  await addFollowers(pool, ORDINARY, FOLLOWERS.slice(0, 7));
  for (const userId of FOLLOWERS) await readHome({ pool, timelines }, { userId, limit: 1 });
}

/** A worker whose way to the timeline store is the link. */
function startOne(name: string): { worker: RunningWorker; context: WorkerContext } {
  const url = Object.assign(new URL(world.timelineRedisUrl), { port: link.port }).href;
  const hints: Redis = openRedis(url, name, 300);
  const context = workerContext({ ...{ name, ...world.postgres, broker, hints, chunkSize: 10 } });
  const worker = startWorker(context, { fanOutConcurrency: 2, deliveryConcurrency: 2, log: () => {} });
  onTestFinished(async () => {
    await worker.stop(2_000);
    hints.disconnect();
  });
  return { worker, context };
}

/** As a web process does: after the commit, each by itself. */
async function publish(author: number): Promise<number> {
  const tweetId = await post(world.postgres.pool, author);
  await broker.publish('fan-out', [fanOutOf(tweetId)]);
  return tweetId;
}

/** As if the lease of every fan-out had passed. */
async function makeDue(): Promise<void> {
  await world.postgres.pool.query(
    `UPDATE fan_out SET due_at = now() - interval '1 s' WHERE finished_at IS NULL`,
  );
}

/** Messages that wait or are in flight, as the broker counts them. */
async function heldByBroker(): Promise<number> {
  const depths = await Promise.all((['fan-out', 'delivery'] as const).map((queue) => broker.depth(queue)));
  return depths.reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0);
}

async function countAttempts(): Promise<number> {
  const { rows } = await world.postgres.pool.query<{ attempts: number }>(
    'SELECT coalesce(sum(attempts), 0)::int AS attempts FROM chunk',
  );
  return rows[0]?.attempts ?? 0;
}

function delivered(tweetId: number): Promise<void> {
  return eventually(async () => {
    const [delivery] = await readDeliveries(world.postgres.pool, [tweetId]);
    if (delivery?.state !== 'delivered') throw new Error(`Tweet ${tweetId} is ${delivery?.state}`);
  });
}

const readBack = (tweetId: number) =>
  audit(world.postgres.pool, { redis: world.timelines, shards: 1, cap: 800 }, tweetId);

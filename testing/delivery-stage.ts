import { expect } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { type Audit, audit } from '#core/audit/audit.ts';
import { type Delivery, readDeliveries } from '#core/ledger/delivery.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import type { WorkerContext } from '#worker/context.ts';
import { startWorker } from '#worker/start-worker.ts';
import { eventually } from './eventually.ts';
import { addFollowers, addUsers, range } from './people.ts';
import { workerContext } from './worker-context.ts';
import { openWorld, type World } from './world.ts';

/** Followers in a chunk: so few that 95 followers are ten chunks. */
const CHUNK = 10;

/** A world in which two workers, A and B, deliver tweets. */
export type DeliveryStage = {
  world: World;
  timelines: TimelineStore;
  broker: Broker;
  context: WorkerContext;
  /** Adds an author, and followers with the next ids. The first `cold` of them have no timeline. */
  audience(author: number, size: number, cold?: number): Promise<number[]>;
  /** Publishes the fan-out of a tweet, `times` times at once. */
  publish(tweetId: number, times?: number): Promise<void>;
  /** Waits until a tweet is delivered. */
  delivered(tweetId: number): Promise<Delivery>;
  /** Waits until nothing waits and nothing is in flight on either queue. */
  settled(): Promise<void>;
  readBack(tweetId: number): Promise<Audit>;
  close(): Promise<void>;
};

export async function openDeliveryStage(): Promise<DeliveryStage> {
  const world = await openWorld();
  const { pool, prisma } = world.postgres;
  const broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: world.queueRedisUrl });
  const timelines = { redis: world.timelines, shards: 1, cap: 800 };
  const context = workerContext({
    name: 'A',
    pool,
    prisma,
    broker,
    hints: world.timelines,
    chunkSize: CHUNK,
  });
  await settleOnce(pool, timelines, context.epochs);
  const workers = ['A', 'B'].map((name) =>
    startWorker({ ...context, name }, { fanOutConcurrency: 4, deliveryConcurrency: 2, log: () => {} }),
  );
  return {
    ...{ world, timelines, broker, context },
    audience: async (author, size, cold = 0) => {
      const followers = range(author + 1, author + size);
      await addUsers(pool, [author, ...followers]);
      await addFollowers(pool, author, followers);
      const warm = followers.slice(cold);
      await Promise.all(warm.map((userId) => readHome({ pool, timelines }, { userId, limit: 1 })));
      return followers;
    },
    publish: async (tweetId, times = 1) => {
      const copies = range(1, times).map((n) => ({ key: `${tweetId}-copy-${n}`, body: { tweetId } }));
      await Promise.all(copies.map((copy) => broker.publish('fan-out', [copy])));
    },
    delivered: (tweetId) =>
      eventually(async () => {
        const [delivery] = await readDeliveries(pool, [tweetId]);
        if (delivery?.state !== 'delivered') throw new Error(`Tweet ${tweetId} is ${delivery?.state}`);
        return delivery;
      }),
    settled: () => eventually(() => expectSettled(broker)),
    readBack: (tweetId) => audit(pool, timelines, tweetId),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop(2_000)));
      await broker.close(0);
      await world.close();
    },
  };
}

async function expectSettled(broker: Broker): Promise<void> {
  for (const queue of ['fan-out', 'delivery'] as const)
    expect(await broker.depth(queue)).toMatchObject({ waiting: 0, inFlight: 0 });
}

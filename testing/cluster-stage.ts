import { expect } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import { type Audit, audit } from '#core/audit/audit.ts';
import { type Delivery, readDeliveries } from '#core/ledger/delivery.ts';
import { changeShards } from '#core/ledger/layout.ts';
import { openStore } from '#core/redis.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { HomeReader } from '#core/timelines/home-reader.ts';
import { LiveLayout } from '#core/timelines/live-layout.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import type { WorkerContext } from '#worker/context.ts';
import { largeLane, smallLane } from '#worker/lanes.ts';
import { startWorker } from '#worker/start-worker.ts';
import { startCluster, type TestCluster } from './cluster.ts';
import { eventually } from './eventually.ts';
import { post } from './people.ts';
import { openWorld, type World } from './world.ts';

const CAP = 800; // entries
const MASTERS = 3;
const PUSHES = 2; // of a worker, at once
const NODE_TIMEOUT = 5_000; // ms: on a busy machine a node must not be taken for dead

/**
 * A world whose timelines are on a real cluster of three masters, with replicas if wanted. Two workers deliver, each as a
 * process would.
 */
export type ClusterStage = {
  world: World;
  cluster: TestCluster;
  /** The store as the web process sees it. */
  timelines: TimelineStore;
  homes: HomeReader;
  /** What the workers have logged. */
  complaints: string[];
  /** What each worker knows of the shards. */
  epochs: Epochs[];
  /** Adds an author whose followers all have warm timelines. Returns the author's id. */
  author(handle: string, followers: number): Promise<number>;
  /** Posts a tweet and publishes its fan-out. */
  post(authorId: number): Promise<number>;
  delivered(tweetId: number): Promise<Delivery>;
  readBack(tweetId: number): Promise<Audit>;
  close(): Promise<void>;
};

export async function openClusterStage(options: { replicas?: boolean } = {}): Promise<ClusterStage> {
  const folder = openTempFolder('cluster');
  const [world, cluster] = await Promise.all([
    openWorld(),
    startCluster(folder.dir, MASTERS, { ...options, nodeTimeoutMs: NODE_TIMEOUT }),
  ]);
  const { pool } = world.postgres;
  await changeShards(pool, MASTERS);
  const broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: world.queueRedisUrl });
  const complaints: string[] = [];
  const log = (line: string) => void complaints.push(line);
  const workers = ['A', 'B'].map((name) => openWorker({ name, world, url: cluster.url, broker, log }));
  const redis = openStore(cluster.url, 'web');
  const layout = new LiveLayout();
  await layout.follow(pool);
  const timelines = layout.storeOn(redis, CAP);
  return {
    ...{ world, cluster, timelines, complaints },
    epochs: workers.map(({ epochs }) => epochs),
    homes: new HomeReader({ pool, timelines, layout }),
    author: async (handle, followers) =>
      (await addAuthorWithFollowers(pool, timelines, { handle, followers, tweets: 3 })).id,
    post: async (authorId) => {
      const tweetId = await post(pool, authorId);
      await broker.publish('fan-out', [{ key: `${tweetId}`, body: { tweetId } }]);
      return tweetId;
    },
    delivered: (tweetId) =>
      eventually(async () => {
        const [delivery] = await readDeliveries(pool, [tweetId]);
        expect(delivery?.state).toBe('delivered');
        if (!delivery) throw new Error(`Expected a fan-out of tweet ${tweetId}`);
        return delivery;
      }),
    readBack: (tweetId) => audit(pool, timelines, tweetId),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await broker.close(0);
      redis.disconnect();
      await world.close();
      await cluster.stop();
      folder.remove();
    },
  };
}

type Worker = Pick<WorkerContext, 'name' | 'broker'> & {
  world: World;
  url: string;
  log: (line: string) => void;
};

/** A worker as worker/main.ts makes it, with connections of its own. */
function openWorker({ name, world, url, broker, log }: Worker) {
  const { pool, prisma } = world.postgres;
  const layout = new LiveLayout();
  const epochs = new Epochs();
  const clients = ['fan-out', 'delivery', 'turns', 'hints'].map((lane) => openStore(url, `${name} ${lane}`));
  const [small, large, turns, hints] = clients as [Client, Client, Client, Client];
  const lanes = {
    small: smallLane(layout.storeOn(small, CAP)),
    large: largeLane(layout.storeOn(large, CAP), turns, epochs, PUSHES),
  };
  const context: WorkerContext = {
    ...{ name, pool, prisma, broker, lanes, epochs, layout, hints, chunkSize: 4_000 },
  };
  const worker = startWorker(context, { fanOutConcurrency: 4, deliveryConcurrency: 2, log });
  return {
    epochs,
    stop: async () => {
      await worker.stop(2_000);
      for (const client of clients) client.disconnect();
    },
  };
}

type Client = ReturnType<typeof openStore>;

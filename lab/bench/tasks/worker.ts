import { once } from 'node:events';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { readConfig } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { chunkLane, expressLane } from '#worker/lane.ts';
import { startTasks } from '#worker/tasks/start-tasks.ts';
import { BENCH_KINDS } from './kinds.ts';

/** The program of a worker that knows the tasks of the bench, with the connections that worker/main.ts opens. */
const config = readConfig(brokerVariables);
const postgres = openPostgres({
  ...{ url: config.DATABASE_URL, max: 8, name: config.WORKER_NAME },
  synchronousCommit: 'off',
});
const broker = openBroker(config);
const redis = openRedis(config.TIMELINE_REDIS_URL, config.WORKER_NAME);
const store = { redis, shards: 1, cap: 800 };
const tasks = startTasks(
  {
    ...{
      name: config.WORKER_NAME,
      pool: postgres.pool,
      prisma: postgres.prisma,
      broker,
      hints: redis,
      chunkSize: 1_000,
    },
    ...{ chunks: chunkLane(store, store.redis), express: expressLane(store), epochs: new Epochs() },
  },
  { kinds: BENCH_KINDS, concurrency: config.TASK_CONCURRENCY, urgentConcurrency: config.URGENT_CONCURRENCY },
  console.error,
);
console.log('ready');
await once(process, 'SIGTERM');
await tasks.stop(1_000);
await broker.close(0);
redis.disconnect();
await postgres.close();

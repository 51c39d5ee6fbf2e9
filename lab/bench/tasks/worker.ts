import { once } from 'node:events';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { readConfig } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { workerContext } from '#testing/worker-context.ts';
import { startTasks } from '#worker/tasks/start-tasks.ts';
import { BENCH_KINDS } from './contestant.ts';

/** The program of a worker that knows the tasks of the bench, with the connections that worker/main.ts opens. */
const config = readConfig(brokerVariables);
const postgres = openPostgres({
  ...{ url: config.DATABASE_URL, max: 8, name: config.WORKER_NAME },
  synchronousCommit: 'off',
});
const broker = openBroker(config);
const redis = openRedis(config.TIMELINE_REDIS_URL, config.WORKER_NAME);
const { pool, prisma } = postgres;
const own = { name: config.WORKER_NAME, pool, prisma, broker };
const tasks = startTasks(
  workerContext({ ...own, hints: redis, chunkSize: 1_000 }),
  { kinds: BENCH_KINDS, concurrency: config.TASK_CONCURRENCY, urgentConcurrency: config.URGENT_CONCURRENCY },
  console.error,
);
console.log('ready');
await once(process, 'SIGTERM');
await tasks.stop(1_000);
await broker.close(0);
redis.disconnect();
await postgres.close();

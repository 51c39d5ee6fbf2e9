import { z } from 'zod';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { chunkLane, expressLane } from '#worker/lane.ts';
import { byName } from '#worker/tasks/kinds.ts';
import { startTasks } from '#worker/tasks/start-tasks.ts';
import { registered } from '#worker/tasks/task-kind.ts';

/** The program of a worker that is to die: whatever it begins, it never ends. */
const { name, databaseUrl, queueRedisUrl, timelineRedisUrl } = z
  .object({
    name: z.string(),
    databaseUrl: z.string(),
    queueRedisUrl: z.string(),
    timelineRedisUrl: z.string(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const redis = openRedis(timelineRedisUrl, name);
const store = { redis, shards: 1, cap: 800 };
const endless = registered({
  name: 'fragile',
  data: z.unknown(),
  result: z.unknown(),
  ...{ softMs: 600_000, hardMs: 600_000, attempts: 3 },
  run: () => new Promise<never>(() => {}),
});

startTasks(
  {
    ...{ name, hints: redis, chunkSize: 10, epochs: new Epochs() },
    ...openPostgres({ url: databaseUrl, max: 5, name }),
    broker: openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: queueRedisUrl })),
    ...{ chunks: chunkLane(store, store.redis), express: expressLane(store) },
  },
  { kinds: byName([endless]), concurrency: 1, urgentConcurrency: 1 },
  console.error,
);

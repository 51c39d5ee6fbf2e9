import { z } from 'zod';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { workerContext } from '#testing/worker-context.ts';
import { byName } from '#worker/tasks/kinds.ts';
import { startTasks } from '#worker/tasks/start-tasks.ts';
import { registered } from '#worker/tasks/task-kind.ts';

/** The program of a worker that a test kills: whatever task it begins, it never finishes. */
const { name, databaseUrl, queueRedisUrl, timelineRedisUrl } = z
  .object({
    name: z.string(),
    databaseUrl: z.string(),
    queueRedisUrl: z.string(),
    timelineRedisUrl: z.string(),
  })
  .parse(JSON.parse(process.env.HANGING_WORKER ?? ''));

const hanging = registered({
  name: 'fragile',
  data: z.unknown(),
  result: z.unknown(),
  ...{ softMs: 600_000, hardMs: 600_000, attempts: 3 },
  run: () => new Promise<never>(() => {}),
});

startTasks(
  workerContext({
    ...{ name, chunkSize: 10, hints: openRedis(timelineRedisUrl, name) },
    ...openPostgres({ url: databaseUrl, max: 5, name }),
    broker: openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: queueRedisUrl })),
  }),
  { kinds: byName([hanging]), concurrency: 1, urgentConcurrency: 1 },
  console.error,
);

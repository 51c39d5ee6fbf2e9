import { z } from 'zod';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { FanOutPublisher } from '#core/ledger/publish.ts';
import type { Publish } from '#core/messages.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';
import { chunkLane, expressLane } from '#worker/lane.ts';
import { startWorker } from '#worker/start-worker.ts';
import { Trap } from './trap.ts';

/**
 * The program of a process that is to die: a poster, which does what the web process does for one tweet, or a worker.
 * Says `there` when it is where it dies, and goes on there when it is only frozen.
 */
const task = z
  .object({
    who: z.enum(['poster', 'worker']),
    signal: z.enum(['SIGKILL', 'SIGSTOP']),
    gap: z.object({
      side: z.enum(['before', 'after']),
      call: z.enum(['sql', 'publish', 'handle', 'script']),
      of: z.string(),
      nth: z.number().default(1),
    }),
    urls: z.object({ databaseUrl: z.string(), queueRedisUrl: z.string(), timelineRedisUrl: z.string() }),
    draft: z.object({ authorId: z.number(), text: z.string(), idempotencyKey: z.string() }),
    chunkSize: z.number(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const trap = new Trap(task.gap, task.signal);
const postgres = openPostgres({ url: task.urls.databaseUrl, max: 10, name: task.who });
const pool = trap.pool(postgres.pool);
const broker = trap.broker(openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: task.urls.queueRedisUrl })));

if (task.who === 'poster') await post();
else work();

/**
 * As api/endpoints/tweets.ts and core/ledger/publish.ts do; where it is to die at a COMMIT, as the task of a scheduled tweet
 * does, since all others are posted by one statement.
 */
async function post(): Promise<void> {
  const scheduled = task.gap.of.endsWith('COMMIT$');
  const alongside = { before: async () => {}, after: async () => {} };
  const posted = await postTweet(pool, { ...task.draft, ...(scheduled && { alongside }) });
  if (posted.outcome !== 'posted' || posted.replayed) return leave();
  const publish: Publish = (queue, messages) => broker.publish(queue, messages);
  await new FanOutPublisher({ pool, publish, log: console.error }).publish(posted.delivery);
  await leave();
}

async function leave(): Promise<void> {
  await broker.close(0);
  await postgres.close();
}

function work(): void {
  const redis = trap.redis(openRedis(task.urls.timelineRedisUrl, 'doomed'));
  const store = { redis, shards: 1, cap: 800 };
  startWorker(
    {
      name: 'doomed',
      pool,
      prisma: postgres.prisma,
      broker,
      chunks: chunkLane(store, store.redis),
      express: expressLane(store),
      epochs: new Epochs(),
      hints: redis,
      chunkSize: task.chunkSize,
    },
    { fanOutConcurrency: 1, deliveryConcurrency: 1, log: console.error },
  );
}

import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { FanOutPublisher } from '#core/ledger/publish.ts';
import type { Publish } from '#core/messages.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { posterAlongside } from '#core/tweets/post-alongside.ts';
import { TweetPoster } from '#core/tweets/post-statement.ts';
import { postBy } from '#core/tweets/post-tweet.ts';
import { workerContext } from '#testing/worker-context.ts';
import { startWorker } from '#worker/start-worker.ts';
import { Trap } from './trap.ts';
import { trapOptions } from './trapped-process.ts';

/**
 * The program of a process that a test kills: a poster, which posts as the web process does, or a worker. It prints
 * `there` at the point where it is to die. If it is only frozen there, it goes on later.
 */
const task = trapOptions.parse(JSON.parse(process.env.TRAP ?? ''));

const trap = new Trap(task.gap, task.signal);
const postgres = openPostgres({ url: task.urls.databaseUrl, max: 10, name: task.who });
const pool = trap.pool(postgres.pool);
const broker = trap.broker(openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: task.urls.queueRedisUrl })));

if (task.who === 'poster') await post();
else work();

/**
 * Posts as api/endpoints/tweets.ts and core/ledger/publish.ts do. To die at a COMMIT it posts as the task of a scheduled
 * tweet does, because all others are posted by one statement.
 */
async function post(): Promise<void> {
  const publish: Publish = (queue, messages) => broker.publish(queue, messages);
  const publisher = new FanOutPublisher({ pool, publish, log: console.error });
  const poster = new TweetPoster(pool);
  const scheduled = task.gap.of.endsWith('COMMIT$');
  const alongside = { before: async () => {}, after: async () => {} };
  const posting = task.drafts.map(async (draft) => {
    const posted = await (scheduled
      ? postBy(posterAlongside(pool, alongside), draft)
      : postBy(poster, draft));
    if (posted.outcome === 'posted' && !posted.replayed) await publisher.publish(posted.delivery);
  });
  await Promise.all(posting);
  await leave();
}

async function leave(): Promise<void> {
  await broker.close(0);
  await postgres.close();
}

function work(): void {
  const hints = trap.redis(openRedis(task.urls.timelineRedisUrl, 'trapped'));
  const own = { name: 'trapped', pool, prisma: postgres.prisma, broker };
  const context = workerContext({ ...own, hints, chunkSize: task.chunkSize });
  startWorker(context, { fanOutConcurrency: 1, deliveryConcurrency: 1, log: console.error });
}

import { setTimeout as wait } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { timed } from '#lab/harness/in-turn.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import type { Audience } from '#lab/load/full-timelines.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { startScript } from '#lab/stage/start-script.ts';
import { followerPages, type Method, nextTweetId } from './methods.ts';

/** So many followers are measured. With a million, each run would take minutes. */
export const SAMPLE = 50_000;
export const FOLLOWER_QUEUE = 'job-per-follower';
export type FollowerJob = { followerId: number; tweetId: number };

const PAGE = 1_000; // jobs in one addBulk
const LOOK = 10; // ms

/**
 * Runs one BullMQ job a follower, as most tutorials do, in two worker processes with 50 jobs at once each. It measures
 * {@link SAMPLE} followers and scales the time to all.
 */
export function jobPerFollower(stage: Connections, { authorId, count }: Audience, tools: Tools): Method {
  const { QUEUE_REDIS_URL: url = '' } = stage.env;
  const queue = new Queue<FollowerJob>(FOLLOWER_QUEUE, { connection: { url } });
  tools.onEnd(() => queue.close());
  // The code does not wait until they are ready: the first run only warms up.
  for (const name of ['job worker 1', 'job worker 2'])
    startScript(['lab/bench/methods/job-worker.ts'], { name, env: stage.env }, tools);
  const sample = Math.min(SAMPLE, count);
  return async () => {
    const tweetId = await nextTweetId(stage);
    const seconds = await timed(async () => {
      for await (const page of followerPages(stage, { authorId, page: PAGE, limit: sample }))
        await queue.addBulk(page.map((followerId) => job({ followerId, tweetId })));
      await allDone(queue);
    });
    return (seconds * count) / sample;
  };
}

const job = (data: FollowerJob) => ({ name: 'deliver', data, opts: { removeOnComplete: true } });

async function allDone(queue: Queue): Promise<void> {
  while ((await queue.getJobCountByTypes('wait', 'active')) > 0) await wait(LOOK);
  const failed = await queue.getFailedCount();
  if (failed > 0) throw new Error(`Expected every job to succeed, ${failed} failed`);
}

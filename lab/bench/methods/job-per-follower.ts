import { setTimeout as wait } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { ROOT } from '#dev/paths.ts';
import { startProgram } from '#dev/program.ts';
import type { Run } from '#lab/run/run-bench.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { type Audience, followerPages, type Method, nextTweetId, timed } from './method.ts';

/** Followers that are measured; a million would take minutes a run. */
export const SAMPLE = 50_000;
export const FOLLOWER_QUEUE = 'job-per-follower';
export type FollowerJob = { followerId: number; tweetId: number };

const PAGE = 1_000; // jobs a call of addBulk
const LOOK = 10; // ms

/**
 * One BullMQ job a follower, as most tutorials have it: two worker processes with 50 jobs at once each. Measured on
 * {@link SAMPLE} followers, the time scaled to all.
 */
export function jobPerFollower(
  stage: Connections,
  { authorId, count }: Audience,
  run: Pick<Run, 'log' | 'onEnd'>,
): Method {
  const { QUEUE_REDIS_URL: url = '' } = stage.env;
  const queue = new Queue<FollowerJob>(FOLLOWER_QUEUE, { connection: { url } });
  run.onEnd(() => queue.close());
  for (const name of ['1', '2']) startWorker(name, stage, run);
  const sample = Math.min(SAMPLE, count);
  return {
    run: async () => {
      const tweetId = await nextTweetId(stage);
      const seconds = await timed(async () => {
        for await (const page of followerPages(stage, { authorId, page: PAGE, limit: sample }))
          await queue.addBulk(page.map((followerId) => job({ followerId, tweetId })));
        await allDone(queue);
      });
      return (seconds * count) / sample;
    },
  };
}

const job = (data: FollowerJob) => ({ name: 'deliver', data, opts: { removeOnComplete: true } });

async function allDone(queue: Queue): Promise<void> {
  while ((await queue.getJobCountByTypes('wait', 'active')) > 0) await wait(LOOK);
  const failed = await queue.getFailedCount();
  if (failed > 0) throw new Error(`Expected every job to succeed, ${failed} failed`);
}

// Its first jobs wait for it: that is the warm-up run.
function startWorker(name: string, { env }: Connections, { log, onEnd }: Pick<Run, 'log' | 'onEnd'>): void {
  const worker = startProgram({
    name: `job worker ${name}`,
    command: process.execPath,
    args: ['--import', 'tsx', 'lab/bench/methods/job-worker.ts'],
    cwd: ROOT,
    env,
    output: log,
  });
  onEnd(async () => {
    await worker.stop(2_000);
  });
}

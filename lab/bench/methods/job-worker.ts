import { Worker } from 'bullmq';
import { z } from 'zod';
import { readConfig } from '#core/config.ts';
import { openRedis } from '#core/redis.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { FOLLOWER_QUEUE, type FollowerJob } from './job-per-follower.ts';

/** The program of a worker that takes one job for each follower. See job-per-follower.ts. SIGTERM ends it. */
const config = readConfig(z.object({ QUEUE_REDIS_URL: z.string() }));
const redis = openRedis(config.TIMELINE_REDIS_URL, 'job a follower');

new Worker<FollowerJob>(
  FOLLOWER_QUEUE,
  async ({ data: { followerId, tweetId } }) => {
    const key = timelineKey(followerId, { shards: 1 });
    await redis
      .pipeline()
      .lpushx(key, tweetId)
      .ltrim(key, 0, config.TIMELINE_CAP - 1)
      .exec();
  },
  { connection: { url: config.QUEUE_REDIS_URL, maxRetriesPerRequest: null }, concurrency: 50 },
);

import type { Redis } from 'ioredis';
import { timelineKey } from '#core/timelines/keys.ts';
import { timed } from '#lab/harness/in-turn.ts';
import type { Audience } from '#lab/load/full-timelines.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { followerPages, type Method, nextTweetId } from './method.ts';

const PAGE = 10_000; // followers; all of them at once would take gigabytes of the process's memory

/** One process reads the followers and pipelines LPUSH and LTRIM for each, as a route handler might on its own. */
export function clientPipeline(stage: Connections, { authorId, count }: Audience): Method {
  const { redis, shards, cap } = stage.store;
  return async () => {
    const tweetId = await nextTweetId(stage);
    return timed(async () => {
      for await (const page of followerPages(stage, { authorId, page: PAGE, limit: count })) {
        const keys = page.map((id) => timelineKey(id, shards));
        await pushAll(redis, keys, { tweetId, cap });
      }
    });
  };
}

async function pushAll(redis: Redis, keys: string[], { tweetId, cap }: { tweetId: number; cap: number }) {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.lpush(key, tweetId).ltrim(key, 0, cap - 1);
  const replies = await pipeline.exec();
  const failed = replies?.find(([error]) => error !== null);
  if (!replies || failed) throw failed?.[0] ?? new Error('Expected replies of the pipeline, got none');
}

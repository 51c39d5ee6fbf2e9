import { LARGEST_ID } from '#core/followers/packs.ts';
import { type Delivery, PROGRESS } from '#core/ledger/delivery.ts';
import type { StoreClient } from '#core/redis.ts';

/** Everybody: what was pulled is there for all followers at once. */
const EVERYBODY = { shard: 0, shards: 1, fromId: 1, toId: LARGEST_ID };

/**
 * Tells the web processes of a pulled tweet, after its commit. The hint is that of finished chunks, so that those who look
 * are told as of any other tweet. A hint that is lost, also with its process, costs them the time until they look again.
 */
export const tellPulled = (redis: StoreClient, { tweetId, authorId }: Delivery): void =>
  PROGRESS.tell(redis, { kind: 'finished', delivery: { tweetId, authorId }, ranges: [EVERYBODY] });

import { setTimeout as wait } from 'node:timers/promises';
import { countUnfinished } from '#core/admission/backlog.ts';
import { audit } from '#core/audit/audit.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import { readTimeline } from '#core/timelines/read-timeline.ts';
import { countReceipts } from '#core/timelines/sweep-receipts.ts';
import { until } from '#dev/ports.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { whole } from '#lab/harness/table.ts';
import { post } from '#lab/load/post.ts';
import type { Sizes, System } from './systems.ts';

const POSTERS = 16;
const LARGE = 500; // one of so many tweets goes to the large audience
const PATIENCE = 120 * SECOND;

/** What was lost and came back. */
export type LostMinute = { tweets: number; deliveries: number; seconds: number };

/**
 * Saves the timeline store, posts as many tweets as a busy system does in a minute, and kills the store, which starts
 * again from what it saved. Returns how long the repair took, from the store's first answer until readers trust it
 * again. Throws when a tweet of that minute is missing anywhere, or came twice.
 */
export async function loseMinute(system: System, run: Run<keyof Sizes>): Promise<LostMinute> {
  const { pool, store, servers } = system;
  run.log('saving the timelines …');
  await save(system);
  run.log(`${whole(run.sizes.lost)} tweets that the store will lose …`);
  const tweets = await postMany(system, run.sizes.lost);
  await until(async () => requireNone(await countUnfinished(pool)), PATIENCE);
  const timelines = servers.started.find(({ name }) => name.includes('timelines'));
  if (!timelines)
    throw new Error(`Expected a timeline store among ${servers.started.map(({ name }) => name)}`);
  await timelines.down('kill');
  const settled = untilSettled(system);
  await timelines.up();
  const seconds = await settled;
  for (const tweetId of tweets.filter((_, n) => n % LARGE === 0).slice(0, 5))
    await requireComplete(system, tweetId);
  const larges = Math.ceil(tweets.length / LARGE);
  run.log(`repaired in ${seconds.toFixed(1)} s`);
  return {
    tweets: tweets.length,
    deliveries: 12 * (tweets.length - larges) + system.large.count * larges,
    seconds,
  };

  async function requireComplete({ small, large }: System, tweetId: number): Promise<void> {
    const { missing, twice, expected } = await audit(pool, store, tweetId);
    if (missing + twice > 0)
      throw new Error(
        `Tweet ${tweetId} to ${expected}: ${missing} missing, ${twice} twice (of ${small} or ${large.authorId})`,
      );
  }
}

async function save({ store }: System): Promise<void> {
  await store.redis.bgsave();
  await until(async () => {
    const info = await store.redis.info('persistence');
    if (!info.includes('rdb_bgsave_in_progress:0')) throw new Error('The timelines are being saved');
  }, PATIENCE);
}

async function postMany(system: System, count: number): Promise<number[]> {
  const tweets: number[] = [];
  let next = 0;
  const postOn = async () => {
    for (let n = next++; n < count; n = next++)
      tweets[n] = await post(system, n % LARGE === 0 ? system.large.authorId : system.small);
  };
  await Promise.all(Array.from({ length: POSTERS }, postOn));
  return tweets;
}

function requireNone(count: number): void {
  if (count > 0) throw new Error(`Expected every tweet to be delivered, ${count} are not`);
}

const SWEPT = 5 * MINUTE; // a receipt goes some two minutes after its tweet was delivered

/** Resolves when the store holds no receipt any more, only timelines. */
export const untilSwept = ({ store }: System): Promise<void> =>
  until(async () => {
    const { count } = await countReceipts(store);
    if (count > 0) throw new Error(`Expected every receipt to be removed, ${count} are left`);
  }, SWEPT);

/** Seconds from the store's first answer until it is complete. */
async function untilSettled({ store, large }: System): Promise<number> {
  let begun: number | undefined;
  for (const limit = performance.now() + 2 * PATIENCE; performance.now() < limit; await wait(20)) {
    const seen = await readTimeline(store, large.authorId + 1).catch(() => undefined);
    if (!seen) continue;
    begun ??= performance.now();
    if (seen.outcome !== 'unsettled') return (performance.now() - begun) / SECOND;
  }
  throw new Error(`Expected the timelines to be repaired within ${(2 * PATIENCE) / SECOND} s`);
}

import type { Redis } from 'ioredis';
import type pg from 'pg';
import { z } from 'zod';
import { changeShards, readLayout } from '#core/ledger/layout.ts';
import { readRow } from '#core/rows.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { posterOf } from '#lab/bench/overload/capacity.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { median, sumOf } from '#lab/harness/statistics.ts';
import { deliveryTime, postAndDeliver } from '#lab/load/post.ts';
import { type CpuUse, cpuBetween, readCpu } from '#lab/stage/process-use.ts';
import { quiet } from '#lab/stage/quiet.ts';
import type { Stage } from '#lab/stage/stage.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';

/*
 * What a tweet and a delivery take of each process and of the disk, measured on the machine at hand. It takes half a minute.
 * CPU seconds say what work costs, also on a machine that does other work as well.
 */

export type Measured = Record<MeasuredName, number>;

export type MeasuredName =
  | 'post_web_ms'
  | 'post_ledger_ms'
  | 'post_workers_ms'
  | 'post_queue_ms'
  | 'post_stores_ms'
  | 'delivery_ledger_us'
  | 'delivery_workers_us'
  | 'delivery_stores_us'
  | 'call_workers_us'
  | 'call_stores_us'
  | 'tweet_bytes'
  | 'fan_out_bytes'
  | 'chunk_bytes'
  | 'key_bytes'
  | 'receipt_bytes'
  | 'alone_ms';

export type Sizes = { posts: number; followers: number; large: number };

export const SIZES: Sizes = { posts: 4_000, followers: 200, large: 100_000 };

const AUTHORS = 10;
const TWEETS = 10; // in every timeline before
const RUNS = 3;
const SHARDS = 8; // so that a small tweet takes eight calls in place of one
const ALONE = 20; // tweets that meet an idle system

/** Leaves the timelines in {@link SHARDS} shards. */
export async function measureWork(stage: Stage, sizes: Sizes): Promise<Measured> {
  const large = await measureLarge(stage, sizes.large);
  const one = await measureSmall(stage, 'one', sizes);
  await changeShards(stage.pool, SHARDS);
  const spread = await measureSmall(await inForce(stage), 'spread', sizes);
  const perCall = (part: Part) => Math.max(0, ((spread.cpu[part] - one.cpu[part]) / (SHARDS - 1)) * 1_000);
  return {
    ...{ post_web_ms: one.cpu.web, post_ledger_ms: one.cpu.ledger, post_workers_ms: one.cpu.workers },
    ...{ post_queue_ms: one.cpu.queue, post_stores_ms: one.cpu.stores },
    ...{ delivery_ledger_us: large.ledger, delivery_workers_us: large.workers },
    ...{ delivery_stores_us: large.stores },
    ...{ call_workers_us: perCall('workers'), call_stores_us: perCall('stores') },
    ...{ tweet_bytes: one.bytes.tweet, fan_out_bytes: one.bytes.fan_out, chunk_bytes: one.bytes.chunk },
    ...{ key_bytes: one.bytes.idempotency_key, receipt_bytes: one.receipt, alone_ms: one.aloneMs },
  };
}

/** The stage with the layout that is in force now. */
async function inForce(stage: Stage): Promise<Stage> {
  return { ...stage, store: { ...stage.store, ...(await readLayout(stage.pool)) } };
}

const PARTS = {
  web: /^bench/,
  ledger: /^postgres/,
  workers: /^worker/,
  queue: /^queue/,
  stores: /^timelines/,
};
type Part = keyof typeof PARTS;

/** Seconds of CPU by part: the two workers are one. */
function byPart(cpu: CpuUse): Record<Part, number> {
  const of = (names: RegExp) =>
    sumOf(
      [...cpu].filter(([name]) => names.test(name)),
      ([, seconds]) => seconds,
    );
  const { web, ledger, workers, queue, stores } = PARTS;
  return { web: of(web), ledger: of(ledger), workers: of(workers), queue: of(queue), stores: of(stores) };
}

/** µs of CPU a delivery, by part. */
async function measureLarge(stage: Stage, followers: number): Promise<Record<Part, number>> {
  const wanted = { handle: 'large', followers, tweets: TWEETS };
  const { id } = await addAuthorWithFollowers(stage.pool, stage.store, wanted);
  await postAndDeliver(stage, id); // packs its followers
  const before = readCpu(stage.watched);
  for (let n = 0; n < RUNS; n++) await postAndDeliver(stage, id);
  await quiet(stage);
  const cpu = byPart(cpuBetween(before, readCpu(stage.watched)));
  return mapValues(cpu, (seconds) => (seconds * 1e6) / (RUNS * followers));
}

type Small = {
  /** ms of CPU a tweet, by part. */
  cpu: Record<Part, number>;
  bytes: Record<Table, number>;
  receipt: number;
  aloneMs: number;
};

async function measureSmall(stage: Stage, handle: string, { posts, followers }: Sizes): Promise<Small> {
  const authors: number[] = [];
  for (let n = 0; n < AUTHORS; n++) {
    const wanted = { handle: `${handle}${n}`, followers, tweets: TWEETS };
    authors.push((await addAuthorWithFollowers(stage.pool, stage.store, wanted)).id);
  }
  await postAll(stage, authors, posts / 4); // the first meet code that is not compiled yet
  const bytesBefore = await readBytes(stage.pool);
  const before = readCpu(stage.watched);
  await postAll(stage, authors, posts);
  const cpu = byPart(cpuBetween(before, readCpu(stage.watched)));
  const bytesAfter = await readBytes(stage.pool);
  const receipt = await receiptBytes(stage.store);
  const aloneMs = await timeAlone(stage, authors[0] ?? 0);
  const bytes = mapValues(bytesAfter, (after, table) => (after - bytesBefore[table]) / posts);
  return { cpu: mapValues(cpu, (seconds) => (seconds * 1_000) / posts), bytes, receipt, aloneMs };
}

/** As many as 16 clients have on their way, see docs/figures.md. */
const AT_ONCE = 16;

async function postAll(stage: Stage, authors: number[], posts: number): Promise<void> {
  const post = posterOf(stage);
  let begun = 0;
  const client = async () => {
    while (begun < posts) await post(authors[begun++ % authors.length] ?? 0);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  await quiet(stage);
}

/** From the acceptance to the last row, when nothing else is going on; the middle of some. */
async function timeAlone(stage: Stage, author: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < ALONE; n++) times.push(deliveryTime(await postAndDeliver(stage, author)));
  return median(times);
}

const tables = z.object({
  tweet: z.number(),
  fan_out: z.number(),
  chunk: z.number(),
  idempotency_key: z.number(),
});
type Table = keyof z.infer<typeof tables>;

/** Bytes of the tables that a tweet writes, with their indexes. */
const readBytes = (pool: pg.Pool) =>
  readRow(pool, tables, {
    text: `SELECT ${tables.keyof().options.map((table) => `pg_total_relation_size('${table}')::float8 AS ${table}`)}`,
  });

/** Bytes of one receipt, of those that are in the store now. */
async function receiptBytes({ redis }: TimelineStore & { redis: Redis }): Promise<number> {
  const [, keys] = await redis.scan('0', 'MATCH', 'receipt:*', 'COUNT', 10_000);
  const sizes = await Promise.all(keys.slice(0, ALONE).map((key) => redis.memory('USAGE', key)));
  const known = sizes.filter((size) => size !== null);
  return known.length === 0 ? 0 : median(known);
}

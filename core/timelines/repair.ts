import type pg from 'pg';
import { z } from 'zod';
import { isStoreAway } from '#core/away.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import {
  finishedAfter,
  lossSince,
  type RepairPlace,
  readPushes,
  repairPlace,
  unfinishedAfter,
} from '#core/ledger/lost-pushes.ts';
import type { ChunkRef } from '#core/ledger/start-and-finish.ts';
import { Script } from '#core/lua/script.ts';
import { durableTransaction } from '#core/postgres.ts';
import { clockBackKey, clockKey, forgetKeys } from '#core/timelines/epoch.ts';
import { keysWith } from '#core/timelines/scan.ts';
import { leavingKey } from '#core/timelines/sweep-receipts.ts';
import {
  type ChunkPush,
  partsOf,
  pushChunk,
  receiptPrefix,
  receiptsKey,
  settlingKey,
  sweptKey,
  type TimelineStore,
  tagOf,
  timelinePrefix,
} from '#core/timelines/timeline.ts';
import { warmedKey } from '#core/timelines/upkeep.ts';

/** A repair under way: `client` is in the transaction that holds the lock, and each statement on it is a sign of life. */
export type Repair = { client: pg.PoolClient; store: TimelineStore; shard: number; token: string };

/**
 * The most that is pushed again. A shard that has lost more is emptied: its timelines are cold then, and come back as
 * they are read. So is one whose loss began more than so many hours ago, because the ledger may have forgotten chunks
 * by then. A minute of everything that this system can post fits.
 */
const MOST = { fanOuts: 200_000, deliveries: 20_000_000, hours: 12 };

/** How long pushing again may take: the shard takes no deliveries meanwhile. Emptying a million timelines takes 4 s. */
const PATIENCE = 15 * SECOND;

const SCAN = 10_000; // keys that one step of a scan looks at
const PUSHES = 64; // chunks a statement: their followers take a few MB, and the next sign of life comes soon

/**
 * Pushes again what a restored shard may have lost since its clock, by what the ledger says. Chunks in flight come
 * first, then those that were finished, in pages in the order of their ends. Where a push survived, its receipt did
 * too, and nothing is added. When a repair has died, the next one goes on where it was. False when it is too much, or
 * takes too long, or the repair is over.
 */
export async function pushSince(repair: Repair, since: string): Promise<boolean> {
  const begun = performance.now();
  if (isTooMuch(await lossSince(repair.client, since, MOST.fanOuts + 1))) return false;
  await pushUnfinished(repair, since);
  let place = await placeOf(repair);
  if (place === 'over') return false;
  for (place ??= { finishedAt: since, tweetId: 0 }; ; ) {
    const { chunks, next } = await finishedAfter(repair.client, { ...ofShard(repair), since, place });
    if (!next) return true;
    if (performance.now() - begun > PATIENCE) return false;
    await pushAgain(repair, chunks);
    if ((await placeOf(repair, next)) === 'over') return false;
    place = next;
  }
}

const isTooMuch = ({ fanOuts, deliveries, hours }: typeof MOST): boolean =>
  fanOuts > MOST.fanOuts || deliveries > MOST.deliveries || hours > MOST.hours;

/**
 * Removes the timelines of a shard, by name, because the store may be shared. They are cold then: their owners rebuild
 * them, or the workers do (warm.ts). Next go the receipts: perhaps another ledger wrote them, for followers who are not
 * those of this one. Then what is in flight is pushed, because a rebuild includes a tweet that is not delivered yet
 * only where its receipt says so. False when the repair is over before that is done.
 */
export async function emptyShard(repair: Repair): Promise<boolean> {
  const { client, store, shard, token } = repair;
  const tag = tagOf(store, shard);
  if (!(await forgetKeys(store, shard, { keys: [warmedKey(tag)], token }))) return false;
  for (const prefix of [timelinePrefix(tag), receiptPrefix(tag)]) {
    for await (const keys of keysWith(store.redis, prefix, SCAN)) {
      if (!(await forgetKeys(store, shard, { keys, token }))) return false;
      await client.query('SELECT');
    }
  }
  const rest = [receiptsKey(tag), leavingKey(tag), sweptKey(tag), clockBackKey(tag)];
  if (!(await forgetKeys(store, shard, { keys: rest, token }))) return false;
  await pushUnfinished(repair, null);
  return true;
}

const doubting = new Script('doubt-shard');

/** See doubt-shard.lua; false when this repair is over. */
export async function doubtShard({ store, shard, token }: Repair): Promise<boolean> {
  const tag = tagOf(store, shard);
  const keys = [clockKey(tag), settlingKey(tag), repairPlaceKey(tag)];
  return (await doubting.run(store.redis, keys, [token])) === 'unknown';
}

const ofShard = ({ store: { generation = 0 }, shard }: Repair) => ({ generation, shard });

async function pushUnfinished(repair: Repair, since: string | null): Promise<void> {
  for (let tweetId = 0; ; ) {
    const { chunks, next } = await unfinishedAfter(repair.client, { ...ofShard(repair), since, tweetId });
    if (next === null) return;
    await pushAgain(repair, chunks);
    tweetId = next;
  }
}

async function pushAgain({ client, store, shard, token }: Repair, chunks: ChunkRef[]): Promise<void> {
  for (let at = 0; at < chunks.length; at += PUSHES) {
    const pushes = await readPushes(client, chunks.slice(at, at + PUSHES), store.shards);
    await Promise.all(
      pushes.map((push) => {
        const followers = partsOf(push, store).get(shard) ?? '';
        return pushOne(store, { ...push, shard, followers, repair: token });
      }),
    );
  }
}

/** A chunk that cannot be pushed must not hold up the others. The ledger decides whether it is retried or given up. */
async function pushOne(store: TimelineStore, chunk: ChunkPush): Promise<void> {
  await pushChunk(store, chunk).catch((error: unknown) => {
    if (isStoreAway(error)) throw error;
  });
}

/** How far the repair of this shard has got. */
export const repairPlaceKey = (tag: string): string => `repaired:{${tag}}`;

const placing = new Script('repair-place');
const KNOWN = 10 * MINUTE;

const placeReply = z.union([
  z.tuple([z.literal('over')]).transform(() => 'over' as const),
  z
    .tuple([z.literal('on'), z.string()])
    .transform(([, text]) => (text === '' ? undefined : repairPlace.parse(JSON.parse(text)))),
]);

/** See repair-place.lua. */
async function placeOf({ store, shard, token }: Repair, place?: RepairPlace) {
  const tag = tagOf(store, shard);
  const keys = [settlingKey(tag), repairPlaceKey(tag)];
  const args = [token, place ? JSON.stringify(place) : '', KNOWN];
  return placeReply.parse(await placing.run(store.redis, keys, args));
}

const BACKFILLS = 5_000; // rows a statement

/**
 * Asks again for backfills that a restored shard may have lost. It does so in transactions of its own, which are on
 * disk before the shard is sealed. A crash of Postgres may take back a worker's other commits, and nobody would ask
 * again.
 */
export async function forgetBackfills(
  pool: pg.Pool,
  { client, store, shard }: Repair,
  since: string,
): Promise<void> {
  for (let rows = BACKFILLS; rows === BACKFILLS; ) {
    rows = await durableTransaction(
      pool,
      async (own) => (await own.query(FORGET, [since, store.shards, shard])).rowCount ?? 0,
    );
    await client.query('SELECT');
  }
}

/** The second condition is the same as that of the index, so that Postgres uses it. */
const FORGET = `
  UPDATE follow SET backfilled_at = NULL WHERE (followee_id, follower_id) IN (
    SELECT followee_id, follower_id FROM follow
    WHERE backfilled_at >= $1 AND backfilled_at > '1970-01-01 00:00:00+00' AND follower_id % $2 = $3 LIMIT ${BACKFILLS}
  )`;

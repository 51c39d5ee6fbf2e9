import type pg from 'pg';
import { z } from 'zod';
import { Script } from '#core/lua/script.ts';
import { durableTransaction } from '#core/postgres.ts';
import { idRow, readRow, readRows } from '#core/rows.ts';
import { ledgerKey } from '#core/timelines/epoch.ts';
import { keysWith } from '#core/timelines/scan.ts';
import {
  allTags,
  asOfNow,
  receiptPrefix,
  receiptsKey,
  sweptKey,
  type TimelineStore,
  tagOf,
} from '#core/timelines/timeline.ts';

/**
 * Removes the receipts that nothing needs any more. A receipt stops a second push of its chunk. Once the ledger has the
 * chunk as delivered, the ledger stops it, because nobody is given its followers any more. But five cases may miss what
 * the ledger says. The receipt stays until none of them can push the chunk again:
 *
 *     pushed ──────▶ on the list ──the ledger has it as finished──▶ leaving ──60 s and two beats later──▶ removed
 *                        ▲ │ not finished, or given up: however old
 *                        └─┘
 *
 *     a crash of Postgres that takes a worker's commit back    the ledger's word is on disk before the tweet leaves the list
 *     a repair, which pushes what was finished since a clock   the shard's clock is above it two beats later
 *     a rebuild that asks for a receipt after its snapshot     loses its lock after 10 s
 *     a process that is frozen between ledger and push         its beat is at or below that of the batch: refused
 *     a repair that is frozen in the same place                 its token is no longer that of the shard: refused
 *
 * A chunk that was given up keeps its tweet on the list, so that a retry weeks later finds what was pushed of the others.
 * docs/decisions/038 has all states.
 */
export async function sweepReceipts(pool: pg.Pool, store: TimelineStore): Promise<number> {
  const at = asOfNow(store);
  let removed = 0;
  for (let shard = 0; shard < at.shards; shard++) {
    const tag = tagOf(at, shard);
    await adoptReceipts(at, tag);
    await listLeaving(pool, at, { shard, tag });
    removed += await removeLeft(at, tag);
  }
  return removed;
}

/** Milliseconds between two sweeps. */
export const SWEEP_EVERY = 30_000;

/**
 * A list of tweets whose receipts will be removed, in batches: first the beat, the time and the count, then the ids.
 */
export const leavingKey = (tag: string): string => `receipts-leaving:{${tag}}`;

/** This key says that the receipts of the version before are on the list. */
export const adoptedKey = (tag: string): string => `receipts-adopted:{${tag}}`;

const BATCH = 1_000; // tweets: one call of the store takes about 1 ms
const MOST = 500; // batches a sweep: five times what can be posted meanwhile
const SCAN = 10_000; // keys that one step of a scan looks at
const WAIT = 60; // s that a batch waits

const listing = new Script('list-leaving');
const removing = new Script('remove-receipts');

const adopting = new Script('adopt-receipts');

/**
 * Puts the receipts of the version before on the list, once in the life of a store. They had an expiry of seven days,
 * needed or not. A receipt that a worker of that version writes later still has it.
 */
async function adoptReceipts({ redis }: TimelineStore, tag: string): Promise<void> {
  if (await redis.exists(adoptedKey(tag))) return;
  const prefix = receiptPrefix(tag);
  for await (const keys of keysWith(redis, prefix, SCAN))
    if (keys.length > 0) await adopting.run(redis, [receiptsKey(tag), ...keys], [prefix]);
  await redis.set(adoptedKey(tag), 1);
}

type Swept = { shard: number; tag: string };

/** Looks at everything that is on the list now, one batch after another, unless another worker does. */
async function listLeaving(pool: pg.Pool, store: TimelineStore, { shard, tag }: Swept): Promise<void> {
  const all = await store.redis.llen(receiptsKey(tag));
  for (let n = 0; n < Math.min(MOST, Math.ceil(all / BATCH)); n++) {
    const ids = await store.redis.lrange(receiptsKey(tag), 0, Math.min(BATCH, all - n * BATCH) - 1);
    const seen = await durableTransaction(pool, (client) => look(client, shard, ids));
    if (!seen || !(await moveToLeaving(store, { tag, ids, ...seen }))) return;
  }
}

const SWEEP = 7_104; // any number that no other advisory lock of this database uses

type Seen = { beat: number; finished: Set<number> };

/**
 * Which of these tweets are finished: delivered to all, deleted, or no longer kept. A row is written after they were
 * read. When that transaction has ended, the row is on disk, and so is what was read. Undefined when another worker
 * sweeps.
 */
async function look(client: pg.PoolClient, shard: number, ids: string[]): Promise<Seen | undefined> {
  const { locked } = await readRow(client, z.object({ locked: z.boolean() }), {
    text: 'SELECT pg_try_advisory_xact_lock($1, $2) AS locked',
    values: [SWEEP, shard],
  });
  if (!locked) return undefined;
  const finished = await readRows(client, idRow, {
    text: `
      SELECT t.id FROM unnest($1::bigint[]) t(id) LEFT JOIN fan_out f ON f.tweet_id = t.id
      WHERE f.tweet_id IS NULL OR f.state IN ('delivered', 'cancelled')`,
    values: [ids],
  });
  const { beat } = await readRow(client, z.object({ beat: z.int() }), {
    text: 'UPDATE ledger_incarnation SET swept_at = clock_timestamp() RETURNING beat',
  });
  return { beat, finished: new Set(finished.map(({ id }) => id)) };
}

type Listed = Seen & { tag: string; ids: string[] };

/** See list-leaving.lua; false when the list is not what it was. */
async function moveToLeaving(
  { redis }: TimelineStore,
  { tag, ids, beat, finished }: Listed,
): Promise<boolean> {
  const digits = ids.map((id) => (finished.has(Number(id)) ? '1' : '0')).join('');
  const keys = [receiptsKey(tag), leavingKey(tag)];
  const reply = await listing.run(redis, keys, [ids.join(' '), digits, beat, receiptPrefix(tag)]);
  return z.tuple([z.int(), z.int()]).parse(reply)[1] === 1;
}

/** See remove-receipts.lua; returns how many. */
async function removeLeft({ redis }: TimelineStore, tag: string): Promise<number> {
  const keys = [leavingKey(tag), ledgerKey(tag), sweptKey(tag)];
  let all = 0;
  for (let removed = -1; removed !== 0; all += removed)
    removed = z.int().parse(await removing.run(redis, keys, [receiptPrefix(tag), WAIT]));
  return all;
}

/** How many receipts there are, and about how much memory they take. */
export type ReceiptsKept = { count: number; bytes: number };

const counting = new Script('count-receipts');

/** Counts them by their lists: a few µs, however many there are. See count-receipts.lua. */
export async function countReceipts(store: TimelineStore): Promise<ReceiptsKept> {
  const kept = { count: 0, bytes: 0 };
  for (const tag of allTags(store)) {
    const keys = [receiptsKey(tag), leavingKey(tag)];
    const reply = await counting.run(store.redis, keys, [receiptPrefix(tag)]);
    const [count, bytes] = z.tuple([z.int(), z.int()]).parse(reply);
    kept.count += count;
    kept.bytes += bytes;
  }
  return kept;
}

import type pg from 'pg';
import { z } from 'zod';
import { type KnownLayout, noteEmptied, retiredLayouts } from '#core/ledger/layout.ts';
import { transaction } from '#core/postgres.ts';
import { type StoreClient, tagIn } from '#core/redis.ts';
import { readRow } from '#core/rows.ts';
import { clockBackKey, clockKey, ledgerKey } from '#core/timelines/epoch.ts';
import { rebuildPrefix } from '#core/timelines/merge.ts';
import { repairPlaceKey } from '#core/timelines/repair.ts';
import { keysWith, unlink } from '#core/timelines/scan.ts';
import { beginOf, tagsOf } from '#core/timelines/shard-tags.ts';
import { adoptedKey, leavingKey } from '#core/timelines/sweep-receipts.ts';
import {
  epochKey,
  receiptPrefix,
  receiptsKey,
  settlingKey,
  sweptKey,
  timelinePrefix,
  turnKey,
} from '#core/timelines/timeline.ts';
import { warmedKey } from '#core/timelines/upkeep.ts';

const REMOVING = 7_106; // any number that no other advisory lock of this database uses
const PAGE = 1_000; // keys a step: 1 ms of the store's time

/**
 * Removes all keys of layouts that are no longer in force. One worker at a time does this, and one that dies in the middle
 * leaves it to the next. The epochs go first: without them no push and no rebuild of a process that has not heard of the
 * change writes anything. Returns how many layouts it removed.
 */
export async function removeRetired(pool: pg.Pool, store: StoreClient): Promise<number> {
  const retired = await retiredLayouts(pool);
  if (retired.length === 0) return 0;
  return transaction(pool, async (client) => {
    const { locked } = await readRow(client, z.object({ locked: z.boolean() }), {
      text: 'SELECT pg_try_advisory_xact_lock($1, 0) AS locked',
      values: [REMOVING],
    });
    if (!locked) return 0;
    for (const layout of await retiredLayouts(client)) await remove(client, store, layout);
    return retired.length;
  });
}

/** With each shard and each page it asks Postgres for nothing: a transaction that is silent for long is ended. */
async function remove(client: pg.PoolClient, store: StoreClient, layout: KnownLayout): Promise<void> {
  const tags = new Set(tagsOf(layout));
  await removeOnes(client, store, tags);
  const found = new Set<string>();
  for (const prefix of MANY_A_SHARD)
    for await (const keys of keysWith(store, prefix(beginOf(layout)).replace(/}.*/, ''), PAGE)) {
      const ours = keys.filter((key) => tags.has(tagIn(key)) || isOlder(layout, tagIn(key)));
      for (const key of ours) found.add(tagIn(key));
      await unlink(store, ours);
      await client.query('SELECT');
    }
  await removeOnes(
    client,
    store,
    [...found].filter((tag) => !tags.has(tag)),
  );
  await noteEmptied(client, layout);
}

/** Removes the keys that each shard has once. */
async function removeOnes(client: pg.PoolClient, store: StoreClient, tags: Iterable<string>): Promise<void> {
  for (const tag of tags) {
    await unlink(
      store,
      ONE_A_SHARD.map((key) => key(tag)),
    );
    await client.query('SELECT'); // there may be 16,384 of them
  }
}

/**
 * Whether a tag is of a version that did not keep the number of its shards. The ledger has only the shards of the chunks that
 * were there when it began to keep it, and there may have been more. Of all layouts, those alone have bare numbers as tags.
 */
const isOlder = ({ generation }: KnownLayout, tag: string): boolean => generation === 0 && /^\d+$/.test(tag);

const ONE_A_SHARD = [
  ...[epochKey, clockKey, clockBackKey, ledgerKey, settlingKey, repairPlaceKey, turnKey, warmedKey],
  ...[receiptsKey, sweptKey, leavingKey, adoptedKey],
];
const MANY_A_SHARD = [timelinePrefix, receiptPrefix, rebuildPrefix];

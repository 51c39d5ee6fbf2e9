import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import type { Layout } from '#core/ledger/layout.ts';
import { Script } from '#core/lua/script.ts';
import {
  epochKey,
  receiptPrefix,
  type TimelineStore,
  TOP,
  tagOfUser,
  timelineKey,
} from '#core/timelines/timeline.ts';

/* Makes a cold timeline warm: first comes the marker, then what Postgres has. See timeline.ts. */

const begin = new Script('begin-rebuild');
const merge = new Script('merge');

/** See begin-rebuild.lua. */
export async function beginRebuild(store: TimelineStore, userId: number, token: string) {
  const reply = await begin.run(store.redis, keysOf(store, userId), [token, REBUILD_LEASE, TOP]);
  return z.enum(['begun', 'warm', 'elsewhere', 'unsettled']).parse(reply);
}

/** The lock of the one process that rebuilds a timeline. It holds that process's token. */
export const rebuildKey = (userId: number, layout: Layout): string =>
  `${rebuildPrefix(tagOfUser(layout, userId))}${userId}`;

export const rebuildPrefix = (tag: string): string => `rebuild:{${tag}}:`;

const REBUILD_LEASE = 10 * SECOND; // a rebuild takes some 5 to 50 ms

/** One id to merge. With a chunk, it is merged only if that chunk's receipt says that it was pushed. */
export type MergeEntry = { id: number; chunk: number | null };

export type Merge = {
  /** The token of the rebuild; null for a backfill. */
  token: string | null;
  /** The floor to set; null keeps the one that is there. */
  floor: number | null;
  entries: MergeEntry[];
};

/** See merge.lua. */
export async function mergeTimeline(store: TimelineStore, userId: number, { token, floor, entries }: Merge) {
  const reply = await merge.run(store.redis, keysOf(store, userId), [
    token ?? '',
    floor ?? '',
    store.cap,
    receiptPrefix(tagOfUser(store, userId)),
    TOP,
    ...entries.flatMap(({ id, chunk }) => [id, chunk ?? -1]),
  ]);
  return z.enum(['merged', 'cold', 'building', 'superseded', 'unsettled']).parse(reply);
}

const keysOf = (store: TimelineStore, userId: number): [string, string, string] => [
  timelineKey(userId, store),
  rebuildKey(userId, store),
  epochKey(tagOfUser(store, userId)),
];

import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { ROOT } from '#dev/paths.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import type { Users } from '#prisma/seed/warm-timelines.ts';

const SLACK = 80; // entries, as in core/lua/deliver.lua
const CALL = 5_000; // timelines
const BYTES = 6; // of an entry whose id has nine or ten digits
const SHARE = 0.6; // of the memory that is free now

/** An author, and how many followers there are. */
export type Audience = { authorId: number; count: number };

/** For how many of `wanted` followers the machine can hold full timelines. */
export function howManyFit(wanted: number, { cap }: TimelineStore): number {
  return Math.min(wanted, Math.floor((freemem() * SHARE) / ((cap + SLACK) * BYTES)));
}

/** Adds an author whose followers have full timelines, of the lengths that they have in a system in use. */
export async function addFullAudience(
  { pool, store }: Connections,
  followers: number,
  handle = 'full',
): Promise<Audience> {
  const overfull = { ...store, cap: store.cap + SLACK };
  const wanted = { handle, followers, tweets: overfull.cap + 1 };
  const author = await addAuthorWithFollowers(pool, overfull, wanted);
  await ageTimelines(store, author.followers);
  return { authorId: author.id, count: followers };
}

/** See age-timelines.lua. */
async function ageTimelines(store: TimelineStore, { from, to }: Users): Promise<void> {
  const script = readFileSync(join(ROOT, 'lab/load/age-timelines.lua'), 'utf8');
  for (let at = from; at <= to; at += CALL) {
    const count = Math.min(CALL, to - at + 1);
    const keys = Array.from({ length: count }, (_, n) => timelineKey(at + n, store));
    await store.redis.eval(script, keys.length, ...keys, store.cap, SLACK);
  }
}

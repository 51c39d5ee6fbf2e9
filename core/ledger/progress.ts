import type pg from 'pg';
import { z } from 'zod';
import { HintChannel } from '#core/hints.ts';
import { readRows } from '#core/rows.ts';

/** Followers of one chunk: those with ids from `fromId` to `toId`, both included, of `shard`. */
const followerRange = z.object({ shard: z.int(), fromId: z.int(), toId: z.int() });

export type FollowerRange = z.infer<typeof followerRange>;

// Workers and web processes of two versions run side by side during an upgrade. The version before read these ids in these
// places, among twenty other fields.
const tweetId = z.int();
const delivery = z.object({ tweetId, authorId: z.int() });

const progress = z.discriminatedUnion('kind', [
  /** A worker took chunks. */
  z.object({ kind: z.literal('started'), tweetId }),
  /** Chunks are in the timelines of the author's followers in these ranges. */
  z.object({ kind: z.literal('finished'), delivery, ranges: z.array(followerRange) }),
  /** The fan-out was planned, a chunk was given up, or one that came again was ignored. */
  z.object({ kind: z.literal('changed'), tweetId, delivery }),
]);

/** What workers tell web processes about a fan-out: ids only, the ledger has the figures. */
export type Progress = z.infer<typeof progress>;

export type ChunksFinished = Extract<Progress, { kind: 'finished' }>;

/** The channel of {@link Progress}. */
export const PROGRESS = new HintChannel('progress', progress);

/** Of these users, those whom a fan-out reaches: they followed the author before the tweet. */
export async function reachedAmong(
  pool: pg.Pool,
  { tweetId, authorId }: ChunksFinished['delivery'],
  userIds: number[],
): Promise<Set<number>> {
  const reached = await readRows(pool, z.object({ id: z.int() }), {
    text: 'SELECT follower_id AS id FROM follow WHERE followee_id = $1 AND follower_id = ANY($2) AND since < $3',
    values: [authorId, userIds, tweetId],
  });
  return new Set(reached.map(({ id }) => id));
}

import type pg from 'pg';
import { idRow, readRows } from '#core/rows.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

type Stores = { pool: pg.Pool; timelines: TimelineStore };

/** What is wrong with a home timeline that was read to its end. */
export type ReadBack = {
  userId: number;
  read: number;
  missing: number[];
  twice: number[];
  foreign: number[];
};

const LIMIT = 100;

/** Reads somebody's home timeline page by page, as the web process does, and compares it with what Postgres says. */
export async function readBack(stores: Stores, userId: number): Promise<ReadBack> {
  const shown: number[] = [];
  for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
    const page = await readHome(stores, { userId, before, limit: LIMIT });
    shown.push(...page.tweets.map((tweet) => tweet.id));
    before = page.next;
  }
  const owed = await owedTo(stores.pool, userId);
  const once = new Set(shown);
  return {
    userId,
    read: shown.length,
    missing: owed.filter((id) => !once.has(id)),
    twice: shown.filter((id, index) => shown.indexOf(id) !== index),
    foreign: shown.filter((id) => !owed.includes(id)),
  };
}

/** Every tweet that is owed to a reader: the tweets of all whom they follow, and their own. */
async function owedTo(pool: pg.Pool, userId: number): Promise<number[]> {
  const rows = await readRows(pool, idRow, {
    text: `SELECT id FROM tweet
     WHERE deleted_at IS NULL
       AND (author_id = $1 OR author_id IN (SELECT followee_id FROM follow WHERE follower_id = $1))`,
    values: [userId],
  });
  return rows.map((row) => row.id);
}

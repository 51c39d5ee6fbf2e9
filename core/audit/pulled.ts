import type pg from 'pg';
import { z } from 'zod';
import { someFollowers } from '#core/audit/some-followers.ts';
import type { Delivery } from '#core/ledger/delivery.ts';
import { readRow } from '#core/rows.ts';
import { HomeReader } from '#core/timelines/home-reader.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

type Run = {
  pool: pg.Pool;
  store: TimelineStore;
  delivery: Delivery;
  /** Lets deliveries go first, and ends the audit when nobody waits for it. `read` followers are counted. */
  betweenPages(read: number): Promise<void>;
};

/** What an audit finds of a tweet that is in no timeline: see {@link auditPulled}. */
export type PulledAudit = { owed: number; sampled: number; missing: number[]; twice: number[] };

/** Homes that are read back. Each takes some ms, or a rebuild where the timeline is cold. */
const HOMES = 16;
const SHOWN = 20; // tweets of a page, as many as the first one of home has

/**
 * Counts to whom a pulled tweet is owed and who still follows, and reads it back for some of them: through the path on which
 * the web process reads home, but without what that process remembers. The page that begins at the tweet has to hold it once.
 */
export async function auditPulled(run: Run): Promise<PulledAudit> {
  const { pool, store, delivery } = run;
  const owed = await countOwed(run);
  const homes = new HomeReader({ pool, timelines: store });
  const readers = await someFollowers(pool, delivery.tweetId, Array.from({ length: HOMES }, Math.random));
  const found: PulledAudit = { owed, sampled: 0, missing: [], twice: [] };
  for (const userId of readers) {
    await run.betweenPages(owed);
    const times = await timesShown(homes, userId, delivery.tweetId);
    if (times === 0 && !(await isOwed(pool, delivery, userId))) continue; // deleted or unfollowed meanwhile
    found.sampled++;
    if (times === 0) found.missing.push(userId);
    if (times > 1) found.twice.push(userId);
  }
  return found;
}

async function timesShown(homes: HomeReader, userId: number, tweetId: number): Promise<number> {
  const { tweets } = await homes.read({ userId, before: tweetId + 1, limit: SHOWN });
  return tweets.filter(({ id }) => id === tweetId).length;
}

const PAGE = 50_000; // followers a statement: 10 ms

const countedPage = z.object({ owed: z.int(), last: z.int().nullable() });

async function countOwed({ pool, delivery, betweenPages }: Run): Promise<number> {
  const { tweetId, authorId } = delivery;
  let owed = 0;
  for (let after: number | null = 0; after !== null; ) {
    await betweenPages(owed);
    const page: z.infer<typeof countedPage> = await readRow(pool, countedPage, {
      text: `
        SELECT count(*) FILTER (WHERE since < $1)::int AS owed, max(follower_id) AS last FROM (
          SELECT follower_id, since FROM follow WHERE followee_id = $2 AND follower_id > $3
          ORDER BY follower_id LIMIT ${PAGE}
        ) page`,
      values: [tweetId, authorId, after],
    });
    owed += page.owed;
    after = page.last;
  }
  return owed;
}

async function isOwed(pool: pg.Pool, { tweetId, authorId }: Delivery, userId: number): Promise<boolean> {
  const { owed } = await readRow(pool, z.object({ owed: z.boolean() }), {
    text: `
      SELECT EXISTS (SELECT FROM tweet WHERE id = $1 AND deleted_at IS NULL)
        AND EXISTS (SELECT FROM follow WHERE followee_id = $2 AND follower_id = $3 AND since < $1) AS owed`,
    values: [tweetId, authorId, userId],
  });
  return owed;
}

import type pg from 'pg';
import { z } from 'zod';
import { LARGEST_ID } from '#core/followers/packs.ts';
import { transaction } from '#core/postgres.ts';
import { readRows } from '#core/rows.ts';
import { TASK_KEY, TWEET_TASK } from '#core/tweets/schedule-tweet.ts';

/** The chunks of a fan-out `f` went, all of them, when it had been over for long enough: see core/retention/forget.ts. */
const FORGOTTEN = `(
  f.state IN ('delivered', 'cancelled')
  AND f.finished_at <= coalesce((SELECT r.forgotten_to FROM retention r WHERE r.what = 'chunks'), '-infinity')
)`;

const ABOUT_FAN_OUTS: Record<string, string> = {
  'delivered + cold + gone + pulled = expected once a fan-out is delivered': `
    SELECT format('tweet %s: %s + %s + %s + %s <> %s', tweet_id, delivered, cold, gone, pulled, expected)
    FROM fan_out WHERE state = 'delivered' AND delivered + cold + gone + pulled <> expected`,
  'all followers are pulled or none': `
    SELECT format('tweet %s: %s of %s pulled, %s chunks', tweet_id, pulled, expected, chunks)
    FROM fan_out WHERE pulled <> 0 AND (pulled <> expected OR chunks > 0 OR state <> 'delivered')`,
  'a tweet is pulled if it is in an interval of its author, and only then': `
    SELECT format('tweet %s of user %s: %s pulled', f.tweet_id, f.author_id, f.pulled)
    FROM fan_out f WHERE f.expected > 0 AND (f.pulled > 0) <> EXISTS (
      SELECT FROM pull_interval p
      WHERE p.author_id = f.author_id AND f.tweet_id >= p.from_id AND (p.to_id IS NULL OR f.tweet_id < p.to_id)
    )`,
  'intervals of pull do not overlap': `
    SELECT format('user %s: an interval begins at %s, the one before it ends at %s', author_id, from_id, before)
    FROM (
      SELECT *, lag(coalesce(to_id, ${Number.MAX_SAFE_INTEGER})) OVER (PARTITION BY author_id ORDER BY from_id) AS before
      FROM pull_interval
    ) p WHERE from_id < before OR to_id <= from_id`,
  'a fan-out counts what its chunks count': `
    SELECT format('tweet %s: delivered %s, chunks %s; cold %s, chunks %s; done %s, chunks %s; redeliveries %s, chunks %s',
      f.tweet_id, f.delivered, c.delivered, f.cold, c.cold, f.chunks_done, c.done, f.redeliveries, c.redeliveries)
    FROM fan_out f CROSS JOIN LATERAL (
      SELECT count(*) AS count, coalesce(sum(delivered), 0) AS delivered, coalesce(sum(cold), 0) AS cold,
        count(*) FILTER (WHERE state = 'delivered') AS done, count(*) FILTER (WHERE state = 'failed') AS failed,
        coalesce(sum(redeliveries), 0) AS redeliveries
      FROM chunk WHERE tweet_id = f.tweet_id
    ) c
    WHERE (f.delivered, f.cold, f.chunks, f.chunks_done, f.chunks_failed, f.redeliveries)
      IS DISTINCT FROM (c.delivered, c.cold, c.count, c.done, c.failed, c.redeliveries)
      AND NOT (c.count = 0 AND ${FORGOTTEN})`,
  'every chunk has its fan-out': `
    SELECT format('tweet %s chunk %s', tweet_id, number)
    FROM chunk c WHERE NOT EXISTS (SELECT FROM fan_out f WHERE f.tweet_id = c.tweet_id)`,
  'a chunk that is delivered counts everybody it was planned for': `
    SELECT format('tweet %s chunk %s: %s + %s + %s <> %s', tweet_id, number, delivered, cold, gone, expected)
    FROM chunk WHERE state = 'delivered' AND delivered + cold + gone <> expected`,
  'chunks of a tweet do not overlap': `
    SELECT format('tweet %s: chunk %s begins at %s, the one before it ends at %s', tweet_id, number, from_id, before)
    FROM (
      SELECT tweet_id, number, from_id, to_id,
        max(to_id) OVER (PARTITION BY tweet_id, shard ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
      FROM chunk
    ) c WHERE from_id <= before OR from_id > to_id`,
  'a fan-out is delivered when all its chunks are': `
    SELECT format('tweet %s is %s: %s of %s chunks, planned %s', tweet_id, state, chunks_done, chunks, planned_at)
    FROM fan_out
    WHERE (state = 'delivered' AND expected > pulled AND (planned_at IS NULL OR chunks_done <> chunks))
      OR (state IN ('waiting', 'delivering') AND planned_at IS NOT NULL AND chunks_done = chunks)`,
  'the backlog is what unfinished fan-outs owe': `
    SELECT format('backlog %s, owed %s', b.deliveries, owed.sum)
    FROM backlog b, (SELECT coalesce(sum("remaining"(f)), 0) AS sum FROM fan_out f) owed
    WHERE b.deliveries <> owed.sum`,
  'the backlog counts the fan-outs that are not finished': `
    SELECT format('backlog %s, not finished %s', b.fan_outs, unfinished.count)
    FROM backlog b, (SELECT count(*) FROM fan_out WHERE finished_at IS NULL) unfinished
    WHERE b.fan_outs <> unfinished.count`,
  'every idempotency key has its tweet, and that its fan-out': `
    SELECT format('key %s: tweet %s %s', k.key, k.tweet_id, CASE WHEN t.id IS NULL THEN 'is not there' ELSE 'has no fan-out' END)
    FROM idempotency_key k LEFT JOIN tweet t ON t.id = k.tweet_id LEFT JOIN fan_out f ON f.tweet_id = t.id
    WHERE f.tweet_id IS NULL AND k.task_id IS NULL`,
};

/** What always holds in the ledger, at every moment: its name, and SQL that returns one text for each breach. */
export const RULES: Record<string, string> = {
  ...ABOUT_FAN_OUTS,
  'a scheduled tweet is posted if its task succeeded, and only then': `
    SELECT format('task %s is %s, tweet %s', t.id, t.state, coalesce(k.tweet_id::text, 'is not there'))
    FROM task t LEFT JOIN idempotency_key k ON k.account_id = t.account_id AND k.key = '${TASK_KEY}' || t.id
    WHERE t.kind = '${TWEET_TASK}' AND (t.state = 'succeeded') <> (k.tweet_id IS NOT NULL)`,
  'a tick of a schedule is run once': `
    SELECT format('%s: tasks %s', unique_key, string_agg(id::text, ', ')) FROM task
    WHERE unique_key ~ '@[0-9TZ:.-]+$' GROUP BY unique_key HAVING count(*) > 1`,
  'followers are counted right': `
    SELECT format('user %s: follower_count %s, followers %s', u.id, u.follower_count, coalesce(e.count, 0))
    FROM "user" u LEFT JOIN (SELECT followee_id, count(*) FROM follow GROUP BY 1) e ON e.followee_id = u.id
    WHERE u.follower_count <> coalesce(e.count, 0)`,
  'followees are counted right': `
    SELECT format('user %s: following_count %s, followees %s', u.id, u.following_count, coalesce(e.count, 0))
    FROM "user" u LEFT JOIN (SELECT follower_id, count(*) FROM follow GROUP BY 1) e ON e.follower_id = u.id
    WHERE u.following_count <> coalesce(e.count, 0)`,
  'an account is pulled while its last interval is open': `
    SELECT format('user %s: pulled %s', u.id, u.pulled) FROM "user" u
    WHERE u.pulled <> EXISTS (SELECT FROM pull_interval p WHERE p.author_id = u.id AND p.to_id IS NULL)`,
  'a pack holds exactly those of its range who follow': `
    SELECT format('user %s: pack of shard %s from %s holds %s, %s follow, newest %s and %s',
      p.followee_id, p.shard, p.from_id, p.count, f.count, p.newest, f.newest)
    FROM follower_pack p CROSS JOIN LATERAL (
      SELECT count(*), coalesce(max(since), 0) AS newest,
        coalesce(string_agg(int4send(follower_id), '' ORDER BY follower_id), '') AS ids
      FROM follow WHERE followee_id = p.followee_id AND follower_id BETWEEN p.from_id AND p.to_id
        AND follower_id % p.shards = p.shard
    ) f
    WHERE (p.ids, p.count, p.newest) IS DISTINCT FROM (f.ids, f.count, f.newest)`,
  'an author has packs for all followers or none': `
    SELECT format('user %s: %s followers, %s in packs', u.id, u.follower_count, p.count)
    FROM "user" u JOIN (SELECT followee_id, sum(count) AS count FROM follower_pack GROUP BY 1) p ON p.followee_id = u.id
    WHERE u.follower_count <> p.count`,
  'packs leave no id out': `
    SELECT format('user %s shard %s: a pack begins at %s, the one before it ends at %s', followee_id, shard, from_id, before)
    FROM (
      SELECT *, lag(to_id, 1, 0) OVER (PARTITION BY followee_id, shard ORDER BY from_id) AS before,
        lead(from_id) OVER (PARTITION BY followee_id, shard ORDER BY from_id) IS NULL AS last
      FROM follower_pack
    ) p WHERE from_id <> before + 1 OR (last AND to_id <> ${LARGEST_ID})`,
};

export type Breach = { rule: string; example: string; count: number };

/** The rules about fan-outs. The others read everybody's followers, which takes seconds where there are millions. */
export const FAN_OUT_RULES: string[] = Object.keys(ABOUT_FAN_OUTS);

/** Checks the ledger by these rules, or by all. It sees one moment, also while others write. */
export async function checkLedger(pool: pg.Pool, rules = Object.keys(RULES)): Promise<Breach[]> {
  return transaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const breaches: Breach[] = [];
    for (const rule of rules) {
      const sql = RULES[rule];
      if (sql === undefined) throw new Error(`Expected a rule of the ledger, got ${rule}`);
      const rows = await readRows(client, z.object({ format: z.string() }), { text: sql });
      if (rows[0]) breaches.push({ rule, example: rows[0].format, count: rows.length });
    }
    return breaches;
  });
}

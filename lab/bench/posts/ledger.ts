import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { countUnfinished } from '#core/admission/backlog.ts';
import { MINUTE } from '#core/durations.ts';
import { readRow } from '#core/rows.ts';
import type { Person } from '#lab/load/people.ts';

/** Now, by the ledger's clock. */
export async function ledgerClock(pool: pg.Pool): Promise<string> {
  const { now } = await readRow(pool, z.object({ now: z.string() }), {
    text: 'SELECT clock_timestamp()::text AS now',
  });
  return now;
}

/** What the ledger knows of a round: the time from the first tweet accepted to the last finished, and some ids. */
const ledgerRow = z.object({
  posts: z.number(),
  seconds: z.number(),
  wrong: z.array(z.string()),
  sample: z.array(z.number()),
});
type Ledger = z.infer<typeof ledgerRow>;

const SETTLE = 300; // ms; requests that the web was working on when wrk hung up may still be accepted

/**
 * Waits until no tweet of these authors comes any more. Throws unless each is in every timeline that it was promised
 * to.
 */
export async function untilDelivered(pool: pg.Pool, authors: Person[], from: string): Promise<Ledger> {
  for (let posts = -1; ; ) {
    await untilFinished(pool);
    const ledger = await readLedger(pool, authors, from);
    if (ledger.posts === posts) return requireDelivered(ledger);
    posts = ledger.posts;
    await wait(SETTLE);
  }
}

const PATIENCE = 5 * MINUTE; // a commit with slow code may need as long for its backlog as posting took
const LOOK = 50; // ms

async function untilFinished(pool: pg.Pool): Promise<void> {
  for (const end = performance.now() + PATIENCE; ; await wait(LOOK)) {
    const count = await countUnfinished(pool);
    if (count === 0) return;
    if (performance.now() > end) throw new Error(`Expected all delivered, ${count} tweets are not`);
  }
}

const SAMPLE = 10; // tweets of a round whose timelines are read back

async function readLedger(pool: pg.Pool, authors: Person[], from: string): Promise<Ledger> {
  return readRow(pool, ledgerRow, {
    text: `WITH round AS (
       SELECT t.id, f.*, f.state = 'delivered' AND f.delivered = f.expected AS is_right
       FROM tweet t LEFT JOIN fan_out f ON f.tweet_id = t.id
       WHERE t.author_id = ANY($1) AND t.created_at >= $2::timestamptz - interval '1 ms'
     )
     SELECT count(*)::int AS posts,
       coalesce(extract(epoch FROM max(finished_at) - min(accepted_at)), 0)::float8 AS seconds,
       coalesce(array_agg(concat_ws(' ', id, state, delivered, 'of', expected)) FILTER (WHERE is_right IS NOT TRUE),
                '{}') AS wrong,
       (SELECT coalesce(array_agg(id::float8), '{}') FROM (SELECT id FROM round ORDER BY md5(id::text) LIMIT $3) s) AS sample
     FROM round`,
    values: [authors.map(({ id }) => id), from, SAMPLE],
  });
}

function requireDelivered(ledger: Ledger): Ledger {
  const { posts, wrong } = ledger;
  if (wrong.length === 0) return ledger;
  const examples = wrong.slice(0, 3).join(', ');
  throw new Error(`Expected ${posts} tweets in every timeline, ${wrong.length} are not: ${examples}`);
}

import type pg from 'pg';
import { z } from 'zod';
import { checkLedger } from '#core/audit/ledger-rules.ts';
import { readRows } from '#core/rows.ts';
import { untilNothingLeft } from '#lab/stage/web-at-rest.ts';
import type { Verdict } from './check-answer.ts';
import type { Shot } from './shot.ts';

const accepted = z.union([
  z.object({ tweet: z.object({ id: z.int(), text: z.string() }) }),
  z.object({ task: z.object({ id: z.int() }) }),
]);

/** The promises of a run: the tweets and tasks that were answered with `202`. */
export class Promised {
  readonly tweets = new Map<number, string>();
  readonly tasks = new Set<number>();

  /** Notes what the answers to one shot promise. */
  note({ asked }: Shot, { answers }: Verdict): void {
    answers.forEach(({ status, body }, n) => {
      const { method, target } = asked[n] ?? {};
      if (status !== 202 || method !== 'POST' || !/^\/api\/(tweets|tasks)(\?|$)/.test(target ?? '')) return;
      const given = accepted.parse(JSON.parse(body.toString()));
      if ('tweet' in given) this.tweets.set(given.tweet.id, given.tweet.text);
      else this.tasks.add(given.task.id);
    });
  }
}

/** Lists what a run has left half-done, in the web process and in the ledger. */
export async function checkAftermath(
  { url, pool }: { url: string; pool: pg.Pool },
  promised: Promised,
): Promise<string[]> {
  const breaches = await checkLedger(pool);
  return [
    ...(await untilNothingLeft(url)),
    ...breaches.map(({ rule, example, count }) => `${rule}: broken ${count} times, ${example}`),
    ...(await missing(pool, promised)),
  ];
}

const lostRow = z.object({ lost: z.string() });

/** Lists promised tweets and tasks that are not in the ledger as promised, and tweets without a key. */
async function missing(pool: pg.Pool, { tweets, tasks }: Promised): Promise<string[]> {
  const ids = [...tweets.keys()];
  const rows = await readRows(pool, lostRow, {
    text: `SELECT 'tweet ' || asked.id || ' was promised and is not there as promised' AS lost
     FROM unnest($1::bigint[], $2::text[]) AS asked (id, text)
     WHERE NOT EXISTS (SELECT FROM tweet t JOIN fan_out f ON f.tweet_id = t.id WHERE t.id = asked.id AND t.text = asked.text)
     UNION ALL
     SELECT 'task ' || asked.id || ' was promised and is not there' FROM unnest($3::bigint[]) AS asked (id)
     WHERE NOT EXISTS (SELECT FROM task t WHERE t.id = asked.id)
     UNION ALL
     SELECT 'tweet ' || t.id || ' is there, and no idempotency key is' FROM tweet t JOIN fan_out f ON f.tweet_id = t.id
     WHERE t.id >= $4 AND NOT EXISTS (SELECT FROM idempotency_key k WHERE k.tweet_id = t.id)`,
    values: [ids, [...tweets.values()], [...tasks], Math.min(...ids, Number.MAX_SAFE_INTEGER)],
  });
  return rows.map(({ lost }) => lost);
}

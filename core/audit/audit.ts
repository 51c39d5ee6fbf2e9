import type pg from 'pg';
import { z } from 'zod';
import { stepAside } from '#core/admission/step-aside.ts';
import { atOnce } from '#core/at-once.ts';
import type { AuditStep } from '#core/audit/line.ts';
import { auditPulled, type PulledAudit } from '#core/audit/pulled.ts';
import { SECOND } from '#core/durations.ts';
import { type Delivery, readDeliveries } from '#core/ledger/delivery.ts';
import { readLayout } from '#core/ledger/layout.ts';
import { Script } from '#core/lua/script.ts';
import { idRow, readRow, readRows } from '#core/rows.ts';
import {
  allShards,
  asOfNow,
  receiptKey,
  type TimelineStore,
  tagOf,
  timelinePrefix,
} from '#core/timelines/timeline.ts';

const count = z.int().nonnegative();
const id = z.int().positive();

/**
 * One tweet's delivery, read back from every follower's timeline: expected = present + cold + gone + pulled, or it is wrong.
 */
export const auditShape = z.object({
  tweetId: id,
  expected: count,
  present: count,
  /** No timeline, or one whose floor lies above the tweet: its owner reads it from Postgres. */
  cold: count,
  /** People who followed when the tweet was accepted, and do not any more. */
  gone: count,
  /** Followers who read it from the author's list; it is read back on the homes of `sampled` of them. */
  pulled: count,
  sampled: count,
  missing: count,
  /** Timelines, or homes, that hold it more than once; counted as present, or pulled, too. */
  twice: count,
  /** A few user ids of each, to look at. */
  examples: z.object({ missing: z.array(id), twice: z.array(id) }),
  ms: count,
  checkedAt: z.string(),
});
export type Audit = z.infer<typeof auditShape>;

/** There is nothing to audit yet: the tweet has no fan-out, or one that is not finished. */
export class NotAuditable extends Error {
  override name = 'NotAuditable';
}

/** The chunks of the tweet, or its whole fan-out, are not kept any more, so that nobody can compare what was promised with what was done. */
export class NotKept extends Error {
  override name = 'NotKept';
}

const script = new Script('audit');
const PAGE = 2_500; // followers a call: about 4 ms of the store's time, which pushes and readers wait for

export type AuditOptions = {
  /** Ends the audit between two pages. */
  signal?: AbortSignal;
  /** Is told how far the audit is, at least before each page. The audit waits for it, and ends when it rejects. */
  progress?(step: AuditStep): Promise<void>;
};

/** Reads every follower's timeline back for one tweet; deliveries go first. Throws {@link NotAuditable}, {@link NotKept}. */
export async function audit(
  pool: pg.Pool,
  known: TimelineStore,
  tweetId: number,
  { signal = NEVER, progress = async () => {} }: AuditOptions = {},
): Promise<Audit> {
  const started = performance.now();
  const delivery = await requireAuditable(pool, tweetId);
  const store = { ...asOfNow(known), ...(await readLayout(pool)) };
  const tally = new Tally();
  let patienceMs = PATIENCE;
  const betweenPages = async (read: number) => {
    const tell = (aside: boolean) => progress({ read, expected: delivery.expected, aside });
    const waiting = () => tell(true);
    patienceMs = await stepAside(pool, { patienceMs: Math.max(patienceMs, ASIDE), signal, waiting });
    await tell(false);
    signal.throwIfAborted();
  };
  if (delivery.pulled > 0) tally.pulled = await auditPulled({ pool, store, delivery, betweenPages });
  else
    await atOnce(SHARDS_AT_ONCE, allShards(store), (shard) =>
      auditShard({ pool, store, delivery, tally, betweenPages }, shard),
    );
  // Whoever reads home reads it in another layout by now: what was read back is no answer.
  if ((await readLayout(pool)).generation !== store.generation)
    return audit(pool, known, tweetId, { signal, progress });
  return {
    ...tally.close(delivery),
    ms: Math.round(performance.now() - started),
    checkedAt: new Date().toISOString(),
  };
}

const SHARDS_AT_ONCE = 3; // each asks another server of the store while Postgres answers the next

const NEVER = new AbortController().signal;
/** So long deliveries go first, in all. Then the audit goes on, also under a load that never ends: somebody waits for it. */
const PATIENCE = 20 * SECOND;
const ASIDE = 100; // ms a page at most, once the patience is used up

/** Audits read this before they wait in line, and again before they run. Throws {@link NotAuditable}, {@link NotKept}. */
export async function requireAuditable(pool: pg.Pool, tweetId: number): Promise<Delivery> {
  const [delivery] = await readDeliveries(pool, [tweetId]);
  if (!delivery) throw await whyNone(pool, tweetId);
  if (delivery.state !== 'delivered')
    throw new NotAuditable(`Expected a delivered tweet, tweet ${tweetId} is ${delivery.state}`);
  const { kept } = await readRow(pool, z.object({ kept: z.int() }), {
    text: 'SELECT count(*)::int AS kept FROM chunk WHERE tweet_id = $1',
    values: [tweetId],
  });
  if (kept < delivery.chunks)
    throw new NotKept(
      `Expected ${delivery.chunks} chunks of tweet ${tweetId} to be kept, ${kept} are: there is nothing to compare the timelines with`,
    );
  return delivery;
}

/** A tweet without a fan-out was delivered long ago, or was there from the beginning. Otherwise there is no such tweet. */
async function whyNone(pool: pg.Pool, tweetId: number): Promise<Error> {
  const [tweet] = await readRows(pool, idRow, {
    text: 'SELECT id FROM tweet WHERE id = $1 AND deleted_at IS NULL',
    values: [tweetId],
  });
  return tweet
    ? new NotKept(
        `Expected the delivery of tweet ${tweetId} to be kept, it is not: there is nothing to compare the timelines with`,
      )
    : new NotAuditable(`Expected a tweet that was fanned out, got ${tweetId}`);
}

type Run = {
  pool: pg.Pool;
  store: TimelineStore;
  delivery: Delivery;
  tally: Tally;
  betweenPages(read: number): Promise<void>;
};

/** Reads the next page from Postgres while the store counts this one. */
async function auditShard(run: Run, shard: number): Promise<void> {
  const { pool, store, delivery, tally, betweenPages } = run;
  const tag = tagOf(store, shard);
  let page = await owedPage(pool, { tweetId: delivery.tweetId, shard, shards: store.shards, after: 0 });
  while (page.count > 0) {
    await betweenPages(tally.read);
    const counting = script.run(
      store.redis,
      [receiptKey(delivery.tweetId, tag)],
      [timelinePrefix(tag), delivery.tweetId, page.ids],
    );
    const [reply, next] = await Promise.all([
      counting,
      owedPage(pool, { tweetId: delivery.tweetId, shard, shards: store.shards, after: page.last }),
    ]);
    tally.add(reply);
    page = next;
  }
}

type PageQuery = { tweetId: number; shard: number; shards: number; after: number };
const owedPageRow = z.object({ ids: z.string(), count: z.int(), last: z.int() });
type OwedPage = z.infer<typeof owedPageRow>;

async function owedPage(pool: pg.Pool, { tweetId, shard, shards, after }: PageQuery): Promise<OwedPage> {
  return readRow(pool, owedPageRow, {
    text: `
     SELECT coalesce(encode(string_agg(int4send(follower_id), ''), 'hex'), '') AS ids,
       count(*)::int AS count, coalesce(max(follower_id), 0) AS last
     FROM (
       SELECT follower_id FROM follow
       WHERE followee_id = (SELECT author_id FROM tweet WHERE id = $1) AND since < $1 AND follower_id > $2
         AND ($3::int = 1 OR follower_id % $3 = $4::int)
       ORDER BY follower_id LIMIT $5
     ) owed`,
    values: [tweetId, after, shards, shard, PAGE],
  });
}

const EXAMPLES = 5;

class Tally {
  #present = 0;
  #cold = 0;
  #missing = 0;
  #twice = 0;
  #examples = { missing: [] as number[], twice: [] as number[] };

  /** Of a tweet that is in no timeline. */
  pulled: PulledAudit | undefined;

  add(reply: unknown): void {
    const [present = 0, cold = 0, missing = 0, twice = 0, ...ids] = z.array(z.number()).parse(reply);
    const border = ids.indexOf(0);
    this.#present += present;
    this.#cold += cold;
    this.#missing += missing;
    this.#twice += twice;
    this.#examples.missing.push(...ids.slice(0, border));
    this.#examples.twice.push(...ids.slice(border + 1));
  }

  /** Timelines. */
  get read(): number {
    return this.#present + this.#cold + this.#missing;
  }

  close(delivery: Delivery) {
    return this.pulled ? closePulled(delivery, this.pulled) : this.#closePushed(delivery);
  }

  #closePushed({ tweetId, expected }: Delivery) {
    return {
      tweetId,
      expected,
      present: this.#present,
      cold: this.#cold,
      gone: expected - this.read,
      pulled: 0,
      sampled: 0,
      missing: this.#missing,
      twice: this.#twice,
      examples: {
        missing: this.#examples.missing.slice(0, EXAMPLES),
        twice: this.#examples.twice.slice(0, EXAMPLES),
      },
    };
  }
}

function closePulled(
  { tweetId, expected }: Delivery,
  { owed, sampled, missing, twice }: PulledAudit,
): Omit<Audit, 'ms' | 'checkedAt'> {
  return {
    ...{ tweetId, expected, present: 0, cold: 0, gone: expected - owed, sampled },
    ...{ pulled: owed - missing.length, missing: missing.length, twice: twice.length },
    examples: { missing: missing.slice(0, EXAMPLES), twice: twice.slice(0, EXAMPLES) },
  };
}

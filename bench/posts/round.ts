import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Application } from '../stage/application.ts';
import { type CpuUse, cpuBetween, readCpu } from '../stage/cpu.ts';
import { drive } from '../stage/wrk.ts';
import type { Group } from './authors.ts';

/** One round of posts and what became of them, to the last row of the ledger. */
export type Round = {
  posts: number;
  /** Posts whose delivery is finished, by the time from the first that was accepted to the last that was finished. */
  perSecond: number;
  /** To the 202, in ms. */
  p50: number;
  p99: number;
  /** Seconds of each process, to the last delivery. */
  cpu: CpuUse;
};

export type Order = { connections: number; seconds: number };

/**
 * Posts over HTTP for so many seconds, waits until all is delivered, and checks it by the ledger: every tweet that was
 * accepted is in every timeline, none twice, and nothing is owed any more. Throws otherwise: a figure of a system that
 * loses something would be worth nothing.
 */
export async function playRound(app: Application, group: Group, order: Order): Promise<Round> {
  const from = await clock(app);
  const before = readCpu(app.watched());
  const { requests, p50, p99 } = await drive({ ...order, url: app.url, requests: group.requests });
  const { posts, seconds, sample } = await untilDelivered(app, group, from);
  const cpu = cpuBetween(before, readCpu(app.watched()));
  // wrk hangs up in the middle of one request a connection: that may have been accepted, and nobody counted it.
  if (posts < requests || posts > requests + order.connections)
    throw new Error(`Expected ${requests} tweets, or one more a connection, the ledger has ${posts}`);
  await requireNothingOwed(app);
  for (const tweetId of sample) await requireInEveryTimeline(app, group, tweetId);
  return { posts, perSecond: posts / seconds, p50, p99, cpu };
}

async function clock({ pool }: Application): Promise<string> {
  const { rows } = await pool.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  return rows[0]?.now ?? '';
}

type Ledger = { posts: number; seconds: number; wrong: string[]; sample: number[] };

const SETTLE = 300; // ms: what the web was working on when wrk hung up may still be accepted

/** Waits until no tweet comes any more and each is in every timeline it was promised to. */
async function untilDelivered(app: Application, group: Group, from: string): Promise<Ledger> {
  for (let posts = -1; ; ) {
    await untilFinished(app);
    const ledger = await readLedger(app, group, from);
    if (ledger.posts === posts) return requireDelivered(ledger);
    posts = ledger.posts;
    await wait(SETTLE);
  }
}

const PATIENCE = 5 * 60_000; // ms; a slow commit may need as long for its backlog as posting took
const LOOK = 50; // ms

async function untilFinished({ pool }: Application): Promise<void> {
  for (const end = performance.now() + PATIENCE; ; await wait(LOOK)) {
    const { rows } = await pool.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM fan_out WHERE finished_at IS NULL',
    );
    if (rows[0]?.count === 0) return;
    if (performance.now() > end) throw new Error(`Expected all delivered, ${rows[0]?.count} tweets are not`);
  }
}

const SAMPLE = 10; // tweets of a round whose timelines are read back

async function readLedger({ pool }: Application, { authors }: Group, from: string): Promise<Ledger> {
  const { rows } = await pool.query<Ledger>(
    `WITH round AS (
       SELECT t.id, f.*, f.state = 'delivered' AND f.delivered = f.expected AS is_right
       FROM tweet t LEFT JOIN fan_out f ON f.tweet_id = t.id
       WHERE t.author_id = ANY($1) AND t.created_at >= $2::timestamptz - interval '1 ms'
     )
     SELECT count(*)::int AS posts, extract(epoch FROM max(finished_at) - min(accepted_at))::float8 AS seconds,
       coalesce(array_agg(concat_ws(' ', id, state, delivered, 'of', expected)) FILTER (WHERE is_right IS NOT TRUE),
                '{}') AS wrong,
       (SELECT coalesce(array_agg(id), '{}') FROM (SELECT id FROM round ORDER BY md5(id::text) LIMIT $3) s) AS sample
     FROM round`,
    [authors.map(({ id }) => id), from, SAMPLE],
  );
  const [ledger] = rows;
  if (!ledger) throw new Error('Expected a row of counts, got none');
  return ledger;
}

function requireDelivered(ledger: Ledger): Ledger {
  const { posts, wrong } = ledger;
  if (wrong.length === 0) return ledger;
  const examples = wrong.slice(0, 3).join(', ');
  throw new Error(`Expected ${posts} tweets in every timeline, ${wrong.length} are not: ${examples}`);
}

const queue = z.object({ deliveries: z.object({ backlog: z.number() }) });

async function requireNothingOwed({ url }: Application): Promise<void> {
  const { deliveries } = queue.parse(await (await fetch(`${url}/api/queue`)).json());
  if (deliveries.backlog !== 0)
    throw new Error(`Expected a backlog of 0 after the last delivery, got ${deliveries.backlog}`);
}

const audit = z.object({ missing: z.number(), twice: z.number(), gone: z.number() });

async function requireInEveryTimeline({ url, cookieOf }: Application, { authors }: Group, tweetId: number) {
  const [author] = authors;
  const cookie = author ? await cookieOf(author) : '';
  const response = await fetch(`${url}/api/tweets/${tweetId}/audit`, { method: 'POST', headers: { cookie } });
  const { missing, twice, gone } = audit.parse(await response.json());
  if (missing + twice + gone > 0)
    throw new Error(
      `Tweet ${tweetId}: expected 0 missing, twice and gone, got ${missing}, ${twice}, ${gone}`,
    );
}

import { z } from 'zod';
import { drive } from '#lab/load/wrk.ts';
import type { Application } from '#lab/stage/application.ts';
import { type CpuUse, cpuBetween, readCpu } from '#lab/stage/process-use.ts';
import type { Group } from './authors.ts';
import { ledgerClock, untilDelivered } from './ledger.ts';

/** One round of posts and what became of them, to the last row of the ledger. */
export type Round = {
  posts: number;
  /** Finished posts a second, over the time from the first acceptance to the last delivery. */
  perSecond: number;
  /** Milliseconds until the 202. */
  p50: number;
  p99: number;
  /** CPU seconds of each process, until the last delivery. */
  cpu: CpuUse;
};

export type Order = { connections: number; seconds: number };

/**
 * Posts over HTTP for so many seconds, waits until all is delivered, and checks it by the ledger. Every tweet that was
 * accepted is in every timeline, none is there twice, and nothing is owed any more. It throws otherwise: a figure of a
 * system that loses something is worth nothing.
 */
export async function playRound(app: Application, group: Group, order: Order): Promise<Round> {
  const from = await ledgerClock(app.pool);
  const before = readCpu(app.watched());
  const { requests, p50, p99 } = await drive({ ...order, url: app.url, requests: group.requests });
  const { posts, seconds, sample } = await untilDelivered(app.pool, group.authors, from);
  const cpu = cpuBetween(before, readCpu(app.watched()));
  // wrk hangs up in the middle of one request on each connection. Such a request may have been accepted, and wrk did
  // not count it.
  if (posts < requests || posts > requests + order.connections)
    throw new Error(`Expected ${requests} tweets, or one more a connection, the ledger has ${posts}`);
  await requireNothingOwed(app);
  for (const tweetId of sample) await requireInEveryTimeline(app, group, tweetId);
  return { posts, perSecond: posts / seconds, p50, p99, cpu };
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

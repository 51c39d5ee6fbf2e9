import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { waitBeforeRetry } from '#app/browser/outbox/retry.ts';
import type { Broker } from '#broker/port.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';
import { isPoolBusy, isPostgresAway } from '#core/away.ts';
import { type PostLimits, type PostOutcome, postTweet } from '#core/tweets/post-tweet.ts';
import { publish, TEXT } from '#lab/load/post.ts';
import type { Seen } from './policies.ts';

/** What all clients of a load process share. */
export type Client = {
  pool: pg.Pool;
  broker: Broker;
  limits: PostLimits;
  /** One for this process, as the web process has one. */
  waitingList: WaitingList;
  /** Counted up. */
  seen: Seen;
  /** Aborts when the time is over: whoever waits then stops. */
  over: AbortSignal;
  /** Draws the jitter; with 0 a client waits exactly as long as Retry-After says. */
  random: () => number;
};

/** One tweet as a browser sends it: with the same key until it is admitted, by the browser's own retry policy. */
export async function sendTweet(client: Client, authorId: number): Promise<void> {
  const { seen, over } = client;
  const draft = { authorId, text: TEXT, idempotencyKey: crypto.randomUUID() };
  seen.offered++;
  for (let tries = 1; ; tries++) {
    const answer = await post(client, draft);
    if (tries === 2) seen.firstRetries++;
    if ('tweetId' in answer) return admitted(client, { tries, tweetId: answer.tweetId });
    const ms = waitBeforeRetry(tries, answer.retryAfterS * 1_000, client.random);
    if (ms === null) {
      seen.gaveUp++;
      return;
    }
    if (!(await waited(ms, over))) {
      seen.waiting++;
      return;
    }
  }
}

type Answer = { tweetId: number } | { retryAfterS: number };
type Draft = Parameters<typeof postTweet>[1];

/** What the web process answers: 202, or 503 because the system is full or has no connection free. */
async function post(client: Client, draft: Draft): Promise<Answer> {
  const { pool, limits, waitingList, seen } = client;
  const began = performance.now();
  const name = draft.idempotencyKey;
  try {
    const posted = await postTweet(pool, draft, { ...limits, waiting: { list: waitingList, name } });
    return read(posted, { client, name, ms: performance.now() - began });
  } catch (error) {
    if (!isPostgresAway(error) && !isPoolBusy(error)) throw error;
    seen.unavailable++;
    return { retryAfterS: AWAY_S };
  }
}

const AWAY_S = 2; // as api/app.ts answers

type Asked = { client: Client; name: string; ms: number };

function read(posted: PostOutcome, { client: { seen, waitingList }, name, ms }: Asked): Answer {
  switch (posted.outcome) {
    case 'posted':
      waitingList.places.leave(name);
      seen.admittedMs.push(ms);
      return { tweetId: posted.tweet.id };
    case 'full':
      seen.refusals++;
      seen.refusedMs.push(ms);
      return { retryAfterS: waitingList.retryAfterS(name, posted) };
    default:
      throw new Error(`Expected posted or full, got ${posted.outcome}`);
  }
}

async function admitted(
  { pool, broker, seen }: Client,
  { tries, tweetId }: { tries: number; tweetId: number },
) {
  seen.admitted++;
  if (tries === 2) seen.admittedAtFirstRetry++;
  try {
    await publish({ pool, broker }, tweetId);
  } catch {
    // As in the web process: the row stays due, and the relay hands it over.
  }
}

/** False when the time was over before. */
async function waited(ms: number, over: AbortSignal): Promise<boolean> {
  return wait(ms, true, { signal: over }).catch(() => false);
}

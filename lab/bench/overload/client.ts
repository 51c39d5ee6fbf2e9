import { waitBeforeRetry } from '#app/browser/outbox/retry.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';
import { isPoolBusy, isPostgresAway } from '#core/away.ts';
import type { FanOutPublisher } from '#core/ledger/publish.ts';
import type { Poster } from '#core/tweets/post-statement.ts';
import { type PostLimits, type PostOutcome, postBy } from '#core/tweets/post-tweet.ts';
import { TEXT } from '#lab/load/post.ts';
import type { Seen } from './policies.ts';

/** What all clients of a load process share. */
export type Client = {
  /** This process has one, as the web process has. */
  poster: Poster;
  publisher: FanOutPublisher;
  limits: PostLimits;
  waitingList: WaitingList;
  /** The counts so far; clients add to them. */
  seen: Seen;
  /** In which clients wait until they come again. */
  pauses: Pauses;
  /** Draws the jitter; with 0 a client waits exactly as long as Retry-After says. */
  random: () => number;
};

/** Sends one tweet as a browser does: under one key until it is admitted, by the browser's own retry policy. */
export async function sendTweet(client: Client, authorId: number): Promise<void> {
  const { seen, pauses } = client;
  const draft = { authorId, text: TEXT, idempotencyKey: crypto.randomUUID() };
  seen.offered++;
  for (let tries = 1; ; tries++) {
    const answer = await post(client, draft);
    if (tries === 2) seen.firstRetries++;
    if ('fanOut' in answer) return admitted(client, { tries, fanOut: answer.fanOut });
    const ms = waitBeforeRetry(tries, answer.retryAfterS * 1_000, client.random);
    if (ms === null) {
      seen.gaveUp++;
      return;
    }
    if (!(await pauses.wait(ms))) {
      seen.waiting++;
      return;
    }
  }
}

type FanOut = { tweetId: number; expected: number };
type Answer = { fanOut: FanOut } | { retryAfterS: number };
type Draft = Parameters<typeof postBy>[1];

/** What the web process answers: 202, or 503 because the system is full or has no connection free. */
async function post(client: Client, draft: Draft): Promise<Answer> {
  const { poster, limits, waitingList, seen } = client;
  const began = performance.now();
  const name = draft.idempotencyKey;
  try {
    const posted = await postBy(poster, draft, { ...limits, waiting: { list: waitingList, name } });
    return read(posted, { client, name, ms: performance.now() - began });
  } catch (error) {
    if (!isPostgresAway(error) && !isPoolBusy(error)) throw error;
    seen.unavailable++;
    return { retryAfterS: AWAY_S };
  }
}

const AWAY_S = 2; // as api/retry-later.ts answers
const IN_PROGRESS_S = 1; // as keyInProgress in api/problem.ts

type Asked = { client: Client; name: string; ms: number };

function read(posted: PostOutcome, { client: { seen, waitingList }, name, ms }: Asked): Answer {
  switch (posted.outcome) {
    case 'posted':
      waitingList.places.leave(name);
      seen.admittedMs.push(ms);
      return { fanOut: posted.delivery };
    case 'full':
      seen.refusals++;
      seen.refusedMs.push(ms);
      return { retryAfterS: waitingList.retryAfterS(name, posted) };
    case 'in progress': // an earlier try was given up as unavailable, and is answered only now
      seen.unavailable++;
      return { retryAfterS: IN_PROGRESS_S };
    default:
      throw new Error(`Expected posted, full or in progress, got ${posted.outcome}`);
  }
}

async function admitted({ publisher, seen }: Client, { tries, fanOut }: { tries: number; fanOut: FanOut }) {
  seen.admitted++;
  if (tries === 2) seen.admittedAtFirstRetry++;
  await publisher.publish(fanOut);
}

/**
 * The pauses of all clients, until the time is over. One AbortSignal for all of them looks through its listeners for each new
 * one: with 30,000 clients that took most of the load's time, and posts failed.
 */
export class Pauses {
  readonly #running = new Set<() => void>();
  #isOver = false;

  /** Resolves with true after so long, or with false when the time is over. */
  wait(ms: number): Promise<boolean> {
    if (this.#isOver) return Promise.resolve(false);
    return new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        resolve(false);
      };
      const timer = setTimeout(() => {
        this.#running.delete(stop);
        resolve(true);
      }, ms);
      this.#running.add(stop);
    });
  }

  end(): void {
    this.#isOver = true;
    for (const stop of this.#running) stop();
    this.#running.clear();
  }
}

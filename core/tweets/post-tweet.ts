import type pg from 'pg';
import { type AdmissionLimits, boundsFor, type MeasuredRate } from '#core/admission/admission.ts';
import type { PostRate } from '#core/admission/post-rate.ts';
import { boundsBehind, outrun, type Refused, refuse } from '#core/admission/refuse.ts';
import type { Delivery } from '#core/ledger/delivery.ts';
import {
  type Answer,
  askToPost,
  fingerprintOf,
  isOvertaken,
  type NewTweet,
  type Poster,
  type PullLimit,
  type Written,
} from '#core/tweets/post-statement.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

/**
 * A closed set. `posted`: once, or replayed. `in progress`: the same key is being answered elsewhere. `mismatch`: the key was
 * used for another body. `full` says so of the system and `too fast` of the account: both wrote nothing, and the same key
 * may come again.
 */
export type PostOutcome =
  | { outcome: 'posted'; replayed: boolean; tweet: Tweet; delivery: Delivery }
  | { outcome: 'in progress' }
  | { outcome: 'mismatch' }
  | ({ outcome: 'full' } & Refused)
  | { outcome: 'too fast'; waitS: number };

export type PostLimits = AdmissionLimits & PostRate & PullLimit;

/** For tests and benches of the path itself. */
export const UNLIMITED: PostLimits = {
  maxWaitS: 1,
  maxBacklog: Number.MAX_SAFE_INTEGER,
  postsPerMinute: 1_000_000,
};

/** The author does not exist. */
export class UnknownAuthor extends Error {
  override name = 'UnknownAuthor';
}

/**
 * Writes key, tweet and fan-out by one statement: all of it or nothing. The fan-out row is the transactional outbox: it is
 * published afterwards. The work is constant, because the follower count is a column of the author's row and no follower is
 * read. That row is locked before the tweet's id is drawn, and a follow draws its `since` under the same lock. So `since < id`
 * holds for exactly the followers that were counted, for ever (docs/decisions/002). It may be repeated with the same key,
 * also at the same time and after a crash at any point. When it resolves, the tweet is on disk, also if a worker posts it.
 * Otherwise a crash could take back an id that timelines and a receipt hold already, and it would be drawn again for
 * another tweet.
 *
 * Admission is decided here. Postgres only compares, under the lock of the backlog's row: the bounds go with the tweet, and
 * if they do not let it in, the backlog that Postgres saw comes back.
 *
 *     bounds of the rate seen last ──▶ post_tweets ──▶ posted
 *          ▲                               │ no room, and what it saw
 *          └── there is room after all ── refuse ──▶ full
 *
 * There may be room after all: the rate has changed since, which it does twice a second at most, or the line of large tweets
 * had to see the backlog. So the bound is always that of the newest rate, and any number of web processes never exceed it,
 * not by one delivery.
 */
export const postTweet = (pool: pg.Pool, draft: NewTweet, limits = UNLIMITED): Promise<PostOutcome> =>
  postBy({ pool, ask: (posting) => askToPost(pool, posting) }, draft, limits);

/** The same, by a poster that many clients share, or that commits something else with the tweet. */
export async function postBy(poster: Poster, draft: NewTweet, limits = UNLIMITED): Promise<PostOutcome> {
  const { pool } = poster;
  const fingerprint = fingerprintOf({ text: draft.text, app: draft.app });
  let bounds = boundsFor(rates.get(pool) ?? NEVER_MEASURED, limits);
  let late: Refused | undefined;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { postsPerMinute, pullAboveS } = limits;
    const posting = { ...draft, fingerprint, bounds, postsPerMinute, pullAboveS };
    const answer = await poster.ask(posting).catch(overtaken);
    if (answer.outcome === 'overtaken') continue;
    if (answer.outcome !== 'no room') return outcomeOf(answer, draft);
    rates.set(pool, answer);
    const { expected } = answer;
    const refused = refuse(expected, answer, limits);
    if (refused) return { outcome: 'full', ...refused };
    late = outrun(expected, answer, limits);
    bounds = boundsBehind(expected, answer, limits);
  }
  if (late) return { outcome: 'full', ...late };
  throw new Error(`Expected Postgres to find the room that there is, within ${MOST_TRIES} tries`);
}

/** The rate that this process has seen last. It saves a try, and is never used when it has changed: Postgres compares it. */
const rates = new WeakMap<pg.Pool, MeasuredRate>();
const NEVER_MEASURED: MeasuredRate = { rate: 0 };

/** A try fails when the rate has just changed, or others took the room. Of a crowd of large tweets, each try lets one in. */
const MOST_TRIES = 20;

function overtaken(error: unknown): { outcome: 'overtaken' } {
  if (isOvertaken(error)) return { outcome: 'overtaken' };
  throw error;
}

type Decided = Exclude<Answer, { outcome: 'no room' }>;

function outcomeOf(answer: Decided, draft: NewTweet): PostOutcome {
  switch (answer.outcome) {
    case 'posted':
    case 'replayed':
      return { outcome: 'posted', replayed: answer.outcome === 'replayed', ...accepted(answer, draft) };
    case 'too fast':
      return { outcome: 'too fast', waitS: answer.waitS };
    case 'no author':
      throw new UnknownAuthor(`Expected the id of an account, got ${draft.authorId}`);
    case 'in progress':
    case 'mismatch':
      return { outcome: answer.outcome };
  }
}

/** The answer as it was when the tweet was accepted, so that a replayed key gets the same one. */
function accepted(written: Written, { authorId, text, app }: NewTweet): { tweet: Tweet; delivery: Delivery } {
  const { tweetId, handle, name, expected, pulled } = written;
  const at = written.postedAt.toISOString();
  const isOver = expected === pulled; // nobody follows, or all of them pull
  return {
    tweet: { id: tweetId, author: { id: authorId, handle, name }, text, createdAt: at, ...(app && { app }) },
    delivery: {
      ...{ tweetId, authorId, expected },
      state: isOver ? 'delivered' : 'waiting',
      ...{ delivered: 0, cold: 0, gone: 0, pulled, redeliveries: 0 },
      ...{ chunks: 0, chunksDone: 0, chunksFailed: 0 },
      ...{ acceptedAt: at, finishedAt: isOver ? at : null, now: at },
      ...{ publishedAt: null, startedAt: null, plannedAt: null, firstAt: null, medianAt: null },
    },
  };
}

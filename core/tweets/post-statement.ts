import { createHash } from 'node:crypto';
import pg from 'pg';
import { ASSUMED_RATE, type Backlog, type Bounds, SMALL } from '#core/admission/admission.ts';
import { FAN_OUT_COST } from '#core/admission/fan-out-cost.ts';
import { type PostRate, WINDOW_S } from '#core/admission/post-rate.ts';
import { isPoolBusy, isPostgresAway } from '#core/away.ts';
import { Gather } from '#core/gather.ts';
import type { Delivery } from '#core/ledger/delivery.ts';
import { PoolBusy } from '#core/postgres.ts';
import { tagsOf } from '#core/trends/terms.ts';
import type { TweetApp } from '#core/tweets/tweet.ts';

/** An idempotency key and the account that uses it. */
export type KeyOf = { authorId: number; idempotencyKey: string };

/** `app` is what posts it, when that is not one of our own pages; `traceparent` its trace, when that is kept. */
export type NewTweet = KeyOf & { text: string; app?: TweetApp | undefined; traceparent?: string | undefined };

/** Tells bodies apart without keeping them. An app is part of it, because the answer names it. */
export const fingerprintOf = (body: Pick<NewTweet, 'text' | 'app'> & { scheduledFor?: string }): string =>
  createHash('sha256').update(JSON.stringify(body)).digest('base64url');

/** A tweet whose fan-out would hold the stores for longer than so many seconds is pulled. Without it, none is. */
export type PullLimit = { pullAboveS?: number | undefined };

/** What `post_tweets` is told of a post, see its contract in the migration that made it. */
export type Posting = NewTweet & PostRate & PullLimit & { fingerprint: string; bounds: Bounds };

/** A tweet as it was accepted: the text and the author's id are those that were sent. */
export type Written = { postedAt: Date; handle: string; name: string } & Pick<Delivery, Counted>;
type Counted = 'tweetId' | 'expected' | 'pulled';

/** What `post_tweets` says of a post. Of these `posted` alone has written something. */
export type Answer =
  | ({ outcome: 'posted' } & Written & Required<Backlog>)
  | ({ outcome: 'replayed' } & Written)
  | { outcome: 'in progress' }
  | { outcome: 'mismatch' }
  | { outcome: 'no author' }
  | ({ outcome: 'too fast'; waitS: number } & Required<Backlog>)
  | ({ outcome: 'no room'; expected: number } & Required<Backlog>);

type Client = Pick<pg.Pool, 'query'>;

/** Sends one post to Postgres, by one statement, and waits for whoever holds its author. */
export async function askToPost(client: Client, posting: Posting): Promise<Answer> {
  const [row] = await call(client, [posting], { isPatient: true });
  if (row && row.outcome !== 'held') return row;
  throw new Error(`Expected post_tweets to wait for an author, got ${row?.outcome}`);
}

/**
 * Sends posts to Postgres by one statement. Returns what became of each, in their order. It does not wait for authors: the
 * answer to a post whose author somebody else holds is undefined, and the post has to be sent alone.
 */
async function askToPostAll(client: Client, postings: Posting[]): Promise<(Answer | undefined)[]> {
  const rows = await call(client, postings, { isPatient: false });
  return rows.map((row) => (row.outcome === 'held' ? undefined : row));
}

type Row = Answer | { outcome: 'held' };

async function call(client: Client, postings: Posting[], { isPatient }: { isPatient: boolean }) {
  const values = [...valuesOf(postings), SMALL, FAN_OUT_COST, WINDOW_S, isPatient, ...aboutOf(postings)];
  const { rows } = await client.query<Row>({ name: `post-${values.length}`, text: textOf(values), values });
  if (rows.length === postings.length) return rows;
  throw new Error(`Expected ${postings.length} rows from post_tweets, got ${rows.length}`);
}

const textOf = ({ length }: unknown[]): string => `
  SELECT outcome, tweet_id AS "tweetId", posted_at AS "postedAt", handle, name, expected, wait_s AS "waitS",
    deliveries, fan_outs AS "fanOuts", rate, deviation, paused, pulled
  FROM post_tweets(${Array.from({ length }, (_, n) => `$${n + 1}`)})`;

/** An array for each column: Postgres takes them apart again. */
const valuesOf = (postings: Posting[]): unknown[] => [
  postings.map(({ authorId }) => authorId),
  postings.map(({ idempotencyKey }) => idempotencyKey),
  postings.map(({ fingerprint }) => fingerprint),
  postings.map(({ text }) => text),
  postings.map(({ postsPerMinute }) => postsPerMinute),
  postings.map(({ bounds }) => bounds.small),
  postings.map(({ bounds }) => bounds.large),
  postings.map(({ bounds }) => bounds.rate?.rate),
  postings.map(({ bounds }) => bounds.rate?.deviation),
];

/** Their apps and tags, what their fan-outs may take, the rate until one was measured, and traces if there are any. */
const aboutOf = (postings: Posting[]): unknown[] => [
  postings.map(({ app }) => app?.name),
  postings.map(({ app }) => app?.website),
  postings.map(({ text }) => (text.includes('#') ? tagsOf(text).join(' ') || null : null)),
  postings.map(({ pullAboveS }) => pullAboveS),
  ASSUMED_RATE,
  ...(postings.some((post) => post.traceparent) ? [postings.map((post) => post.traceparent)] : []),
];

const OVERTAKEN = 'TF001';

/** True for the error with which `post_tweets` takes back what it wrote, because others took the room meanwhile. */
export const isOvertaken = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === OVERTAKEN;

/** Asks Postgres to write posts; the pool says which Postgres. */
export type Poster = { readonly pool: pg.Pool; ask(posting: Posting): Promise<Answer> };

/** Posts of one statement: 64 take Postgres about 5 ms and their commit. */
const MOST = 64;

/** After so many ms nobody waits any more for a statement: it waits for the backlog's row, or its connection is dead. */
const SLOW = 100;

/** So many posts may be on their way, which takes 0.1 s. With more, clients would give up before their answer comes. */
const MOST_ON_THEIR_WAY = 200;

/**
 * Posts for many clients at once: posts that come while a statement is under way go together into the next one
 * (docs/decisions/024). So a post that comes alone starts at once, and in a crowd several share a commit.
 *
 *     a ──▶ [a] ─────▶ 202
 *     b ──────┐  (a's statement is under way)
 *     c ──────┤
 *     d ──────┴──────▶ [b, c, d] ──▶ one commit ──▶ 202, 202, 202
 *                           └─ c's author is held, or the statement failed ──▶ [c], which waits for that alone
 *
 * A post that fails or hangs takes no other along. The process may die at any point: either nothing of a statement was
 * written, or all that it says is `posted`. A client that comes again with its key finds out.
 */
export class TweetPoster implements Poster {
  readonly #crowd: Gather<Posting, Answer | undefined>;
  #onTheirWay = 0;

  constructor(readonly pool: pg.Pool) {
    const bounds = { most: MOST, atOnce: 1, slowMs: SLOW };
    this.#crowd = new Gather((postings: Posting[]) => this.#askAll(postings), bounds);
  }

  /** Throws {@link PoolBusy}, and asks nothing of Postgres, when too many posts are on their way. */
  async ask(posting: Posting): Promise<Answer> {
    if (this.#onTheirWay >= MOST_ON_THEIR_WAY)
      throw new PoolBusy(`${this.#onTheirWay} posts are on their way to Postgres`);
    this.#onTheirWay++;
    try {
      return (await this.#crowd.ask(posting)) ?? (await askToPost(this.pool, posting));
    } finally {
      this.#onTheirWay--;
    }
  }

  /** A statement that fails leaves all of them out, because one of them may be at fault. Not so when Postgres is away. */
  #askAll(postings: Posting[]): Promise<(Answer | undefined)[]> {
    return askToPostAll(this.pool, postings).catch((error) => {
      if (isPostgresAway(error) || isPoolBusy(error)) throw error;
      return postings.map(() => undefined);
    });
  }
}

import { createHash } from 'node:crypto';
import pg from 'pg';
import { type Backlog, type Bounds, FAN_OUT_COST, SMALL } from '#core/admission/admission.ts';
import { type PostRate, WINDOW_S } from '#core/admission/post-rate.ts';

/** Whose key, and which. */
export type KeyOf = { authorId: number; idempotencyKey: string };

/** Tells bodies apart without keeping them. */
export const fingerprintOf = (body: { text: string; scheduledFor?: string }): string =>
  createHash('sha256').update(JSON.stringify(body)).digest('base64url');

/** What `post_tweets` is told of a post, see its contract in the migration that made it. */
export type Posting = KeyOf & PostRate & { text: string; fingerprint: string; bounds: Bounds };

/** A tweet as it was accepted: the text and the author's id are those that were sent. */
export type Written = { tweetId: number; postedAt: Date; handle: string; name: string; expected: number };

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

/**
 * Sends one post to Postgres, and waits for whoever holds its author: a statement that is planned once, and a transaction
 * by itself unless the client is in one.
 */
export async function askToPost(client: Client, posting: Posting): Promise<Answer> {
  const [row] = await call(client, [posting], { isPatient: true });
  if (row && row.outcome !== 'held') return row;
  throw new Error(`Expected post_tweets to wait for an author, got ${row?.outcome}`);
}

/**
 * Sends posts to Postgres by one statement: what becomes of each, in their order. It waits for nobody's author; where
 * somebody else holds one, its post is undefined and has to be sent alone.
 */
export async function askToPostAll(client: Client, postings: Posting[]): Promise<(Answer | undefined)[]> {
  const rows = await call(client, postings, { isPatient: false });
  return rows.map((row) => (row.outcome === 'held' ? undefined : row));
}

type Row = Answer | { outcome: 'held' };

async function call(client: Client, postings: Posting[], { isPatient }: { isPatient: boolean }) {
  const values = [...valuesOf(postings), SMALL, FAN_OUT_COST, WINDOW_S, isPatient];
  const { rows } = await client.query<Row>({ name: 'post-tweets', text: CALL, values });
  if (rows.length === postings.length) return rows;
  throw new Error(`Expected ${postings.length} rows from post_tweets, got ${rows.length}`);
}

const CALL = `
  SELECT outcome, tweet_id AS "tweetId", posted_at AS "postedAt", handle, name, expected, wait_s AS "waitS",
    deliveries, fan_outs AS "fanOuts", rate, deviation, paused
  FROM post_tweets($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

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

const OVERTAKEN = 'TF001';

/** True for the error with which `post_tweets` takes back what it wrote, because others took the room meanwhile. */
export const isOvertaken = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === OVERTAKEN;

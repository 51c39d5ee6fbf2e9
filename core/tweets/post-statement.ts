import pg from 'pg';
import { type Backlog, type Bounds, SMALL } from '#core/admission/admission.ts';
import { type PostRate, WINDOW_S } from '#core/admission/post-rate.ts';
import type { KeyOf } from '#core/tweets/idempotency.ts';

/** What `post_tweet` is told, see its contract in the migration that made it. */
export type Posting = KeyOf & PostRate & { text: string; fingerprint: string; bounds: Bounds };

/** A tweet as it was accepted: the text and the author's id are those that were sent. */
export type Written = { tweetId: number; postedAt: Date; handle: string; name: string; expected: number };

/** What `post_tweet` says; `overtaken` is its error. Of these `posted` alone has written something. */
export type Answer =
  | ({ outcome: 'posted' } & Written & Required<Backlog>)
  | ({ outcome: 'replayed' } & Written)
  | { outcome: 'in progress' }
  | { outcome: 'mismatch' }
  | { outcome: 'no author' }
  | { outcome: 'overtaken' }
  | ({ outcome: 'too fast'; waitS: number } & Required<Backlog>)
  | ({ outcome: 'no room'; expected: number } & Required<Backlog>);

/** Sends one tweet to Postgres: a statement that is planned once, and a transaction by itself unless the client is in one. */
export async function askToPost(client: Pick<pg.Pool, 'query'>, posting: Posting): Promise<Answer> {
  const { rows } = await client.query<Answer>({ name: 'post-tweet', text: CALL, values: valuesOf(posting) });
  if (!rows[0]) throw new Error('Expected one row from post_tweet, got none');
  return rows[0];
}

const CALL = `
  SELECT outcome, tweet_id AS "tweetId", posted_at AS "postedAt", handle, name, expected, wait_s AS "waitS",
    deliveries, rate, deviation, paused
  FROM post_tweet($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

function valuesOf({ bounds, ...posting }: Posting) {
  const { authorId, idempotencyKey, fingerprint, text, postsPerMinute } = posting;
  const { small, large, rate } = bounds;
  return [
    ...[authorId, idempotencyKey, fingerprint, text, postsPerMinute, WINDOW_S],
    ...[SMALL, small, large, rate?.rate, rate?.deviation],
  ];
}

const OVERTAKEN = 'TF001';

/** True for the error with which `post_tweet` takes back what it wrote, because others took the room meanwhile. */
export const isOvertaken = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === OVERTAKEN;

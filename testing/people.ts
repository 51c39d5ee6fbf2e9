import type pg from 'pg';
import { follow } from '#core/followers/follow.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';

/** Writes users with these ids, who follow nobody yet. */
export async function addUsers(pool: pg.Pool, ids: number[]): Promise<void> {
  await pool.query(
    `INSERT INTO "user" (id, handle, name) SELECT id, 'user' || id, 'User ' || id FROM unnest($1::int[]) id`,
    [ids],
  );
}

/** Writes a demo account: anybody may sign in to it. */
export async function addDemoAccount(
  pool: pg.Pool,
  { id, handle }: { id: number; handle: string },
): Promise<void> {
  await pool.query(`INSERT INTO "user" (id, handle, name, role) VALUES ($1, $2, $2, 'ordinary')`, [
    id,
    handle,
  ]);
}

/** Lets each of `followers` follow `followeeId`, as a person does. */
export async function addFollowers(pool: pg.Pool, followeeId: number, followers: number[]): Promise<void> {
  for (const followerId of followers) await follow(pool, { followerId, followeeId });
}

/** Posts a tweet under a new key and returns its id. */
export async function post(pool: pg.Pool, authorId: number, text = 'Hello'): Promise<number> {
  const posted = await postTweet(pool, { authorId, text, idempotencyKey: crypto.randomUUID() });
  if (posted.outcome !== 'posted') throw new Error(`Expected a posted tweet, got: ${posted.outcome}`);
  return posted.tweet.id;
}

/** Whole numbers from `from` to `to`, both included. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);

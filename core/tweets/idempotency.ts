import { createHash } from 'node:crypto';
import type pg from 'pg';

/** Whose key, and which. */
export type KeyOf = { authorId: number; idempotencyKey: string };

/** What a key stands for: a tweet, or the task that is to post one. */
export type UsedKey = { fingerprint: string; tweetId: number | null; taskId: number | null };

/** Tells bodies apart without keeping them. */
export const fingerprintOf = (body: { text: string; scheduledFor?: string }): string =>
  createHash('sha256').update(JSON.stringify(body)).digest('base64url');

/** Holds the key until the transaction ends; false when somebody else has it, which is answering it right now. */
export async function lockKey(client: pg.PoolClient, { authorId, idempotencyKey }: KeyOf): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS locked',
    [authorId, idempotencyKey],
  );
  return rows[0]?.locked === true;
}

/** What the key was used for within the last 24 h. */
export async function findKey(
  client: pg.PoolClient,
  { authorId, idempotencyKey }: KeyOf,
): Promise<UsedKey | undefined> {
  const { rows } = await client.query<UsedKey>(
    `SELECT fingerprint, tweet_id AS "tweetId", task_id AS "taskId"
     FROM idempotency_key WHERE account_id = $1 AND key = $2`,
    [authorId, idempotencyKey],
  );
  return rows[0];
}

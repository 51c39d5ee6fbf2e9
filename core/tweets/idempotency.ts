import { createHash } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { readRow, readRows } from '#core/rows.ts';

/** Whose key, and which. */
export type KeyOf = { authorId: number; idempotencyKey: string };

/** What a key stands for: a tweet, or the task that is to post one. */
const usedKey = z.object({
  fingerprint: z.string(),
  tweetId: z.number().nullable(),
  taskId: z.number().nullable(),
});
export type UsedKey = z.infer<typeof usedKey>;

/** Tells bodies apart without keeping them. */
export const fingerprintOf = (body: { text: string; scheduledFor?: string }): string =>
  createHash('sha256').update(JSON.stringify(body)).digest('base64url');

/** Holds the key until the transaction ends; false when somebody else has it, which is answering it right now. */
export async function lockKey(client: pg.PoolClient, { authorId, idempotencyKey }: KeyOf): Promise<boolean> {
  const { locked } = await readRow(client, z.object({ locked: z.boolean() }), {
    text: 'SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS locked',
    values: [authorId, idempotencyKey],
  });
  return locked;
}

/** What the key was used for within the last 24 h. */
export async function findKey(
  client: pg.PoolClient,
  { authorId, idempotencyKey }: KeyOf,
): Promise<UsedKey | undefined> {
  const [used] = await readRows(client, usedKey, {
    text: `
      SELECT fingerprint, tweet_id AS "tweetId", task_id AS "taskId"
      FROM idempotency_key WHERE account_id = $1 AND key = $2`,
    values: [authorId, idempotencyKey],
  });
  return used;
}

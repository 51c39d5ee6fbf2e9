import type pg from 'pg';
import { z } from 'zod';
import { MINUTE } from '#core/durations.ts';
import { readRows } from '#core/rows.ts';

/** How long an app has to fetch the token. */
export const CODE_LASTS = 10 * MINUTE;

/** What an account has allowed an app. */
export type Code = {
  hash: Buffer;
  appId: number;
  accountId: number;
  redirectUri: string;
  scopes: string[];
  /** Of PKCE, by S256. */
  challenge: string | null;
  expiresAt: Date;
};

const kept = z.object({
  hash: z.instanceof(Buffer),
  appId: z.int(),
  accountId: z.int(),
  redirectUri: z.string(),
  scopes: z.array(z.string()),
  challenge: z.string().nullable(),
  expiresAt: z.date(),
  isUsed: z.boolean(),
});

/** Codes of one account that are kept, so that nobody fills the table by allowing an app again and again. */
const MOST = 100;

/** Keeps a code. The oldest ones of its account give way. */
export async function saveCode(pool: pg.Pool, code: Code): Promise<void> {
  const { hash, appId, accountId, redirectUri, scopes, challenge, expiresAt } = code;
  await pool.query(
    `INSERT INTO authorization_code (hash, app_id, account_id, redirect_uri, scopes, challenge, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [hash, appId, accountId, redirectUri, scopes, challenge, expiresAt],
  );
  await pool.query(
    `DELETE FROM authorization_code WHERE hash IN (
       SELECT hash FROM authorization_code WHERE account_id = $1 ORDER BY created_at DESC OFFSET $2)`,
    [accountId, MOST],
  );
}

/** A code by its hash, used or not; null when there is none. */
export async function findCode(pool: pg.Pool, hash: Buffer): Promise<(Code & { isUsed: boolean }) | null> {
  const [code] = await readRows(pool, kept, {
    text: `
      SELECT hash, app_id AS "appId", account_id AS "accountId", redirect_uri AS "redirectUri", scopes, challenge,
        expires_at AS "expiresAt", used_at IS NOT NULL AS "isUsed"
      FROM authorization_code WHERE hash = $1`,
    values: [hash],
  });
  return code ?? null;
}

/** Uses a code; false when it was used before. */
export async function useCode(pool: pg.Pool, hash: Buffer): Promise<boolean> {
  const { rowCount } = await pool.query(
    'UPDATE authorization_code SET used_at = now() WHERE hash = $1 AND used_at IS NULL',
    [hash],
  );
  return rowCount === 1;
}

/** Locks a code until the transaction ends; false when it must give nothing any more. */
export async function holdCode(client: pg.PoolClient, hash: Buffer): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM authorization_code WHERE hash = $1 AND reused_at IS NULL FOR SHARE',
    [hash],
  );
  return rowCount === 1;
}

import type pg from 'pg';
import { z } from 'zod';
import { holdQuota } from '#core/admission/quotas.ts';
import type { App } from '#core/clients/apps.ts';
import { holdCode } from '#core/clients/codes.ts';
import { Gather } from '#core/gather.ts';
import { HintChannel } from '#core/hints.ts';
import { transaction } from '#core/postgres.ts';
import type { StoreClient } from '#core/redis.ts';
import { idRow, readRow, readRows } from '#core/rows.ts';

/** What a token allows: `app` acts for `account` within `scopes`. Without an account it acts for nobody. */
export type Token = {
  id: number;
  account: { id: number; handle: string } | null;
  app: App;
  scopes: string[];
  /** Its last use was noted more than an hour ago: call {@link noteUse}. */
  isNoteDue: boolean;
};

/** What revoking needs: where tokens are, and the connection that tells other processes. */
export type TokenStores = { pool: pg.Pool; redis: StoreClient };

/** Tokens that are revoked. What goes on by such a token, a stream for example, ends when this is heard. */
export const REVOKED_TOKENS = new HintChannel('revoked tokens', z.object({ tokenIds: z.array(z.int()) }));

/** The ids of tokens that have just been revoked. */
export type RevokedTokens = { tokenIds: number[] };

/** Tokens that are kept for one account, and those for an app itself. One more ends the one that is unused the longest. */
const MOST = { account: 50, app: 5 };

const found = z.object({
  hash: z.instanceof(Buffer),
  id: z.int(),
  scopes: z.array(z.string()),
  accountId: z.int().nullable(),
  handle: z.string().nullable(),
  app: z.object({ id: z.int(), name: z.string(), website: z.string().nullable() }),
  isNoteDue: z.boolean(),
});

/** Tokens by the hashes of their secrets, in this order; null for one that does not exist, or not any more. */
export async function findTokens(pool: Pick<pg.Pool, 'query'>, hashes: Buffer[]): Promise<(Token | null)[]> {
  const tokens = await readRows(pool, found, {
    name: 'find-tokens',
    text: `
      SELECT t.hash, t.id, t.scopes, t.account_id AS "accountId", u.handle,
        json_build_object('id', a.id, 'name', a.name, 'website', a.website) AS app,
        t.used_at < now() - interval '1 hour' AS "isNoteDue"
      FROM access_token t JOIN client_app a ON a.id = t.app_id LEFT JOIN "user" u ON u.id = t.account_id
      WHERE t.hash = ANY($1::bytea[])`,
    values: [hashes],
  });
  const byHash = new Map(tokens.map((token) => [token.hash.toString('latin1'), toToken(token)]));
  return hashes.map((hash) => byHash.get(hash.toString('latin1')) ?? null);
}

function toToken({ id, scopes, accountId, handle, app, isNoteDue }: z.infer<typeof found>): Token {
  const account = accountId !== null && handle !== null ? { id: accountId, handle } : null;
  return { id, account, app, scopes, isNoteDue };
}

const FINDS = { most: 100, atOnce: 2 }; // tokens of one statement

/**
 * Finds the tokens of one process, which makes one of these. It is asked at every call of a client: calls that come at the
 * same time share a statement. That statement begins after them, so a token that was revoked before a call is not found.
 */
export class TokenFinder {
  readonly #finds: Gather<Buffer, Token | null>;

  constructor(pool: Pick<pg.Pool, 'query'>) {
    this.#finds = new Gather((hashes) => findTokens(pool, hashes), FINDS);
  }

  /** A token by the hash of its secret, or null. */
  find(hash: Buffer): Promise<Token | null> {
    return this.#finds.ask(hash);
  }
}

/** Of these tokens, those that are still there. */
export async function tokensLeft(pool: Pick<pg.Pool, 'query'>, ids: number[]): Promise<Set<number>> {
  const left = await readRows(pool, idRow, {
    text: 'SELECT id FROM access_token WHERE id = ANY($1)',
    values: [ids],
  });
  return new Set(left.map(({ id }) => id));
}

/** Notes that a token is in use, so that it is not the first to go. Once an hour is enough. */
export async function noteUse(pool: Pick<pg.Pool, 'query'>, id: number): Promise<void> {
  await pool.query(
    `UPDATE access_token SET used_at = now() WHERE id = $1 AND used_at < now() - interval '1 hour'`,
    [id],
  );
}

/** A token that is to be kept. `codeHash` is null for one that an app takes for itself. */
export type NewToken = {
  hash: Buffer;
  appId: number;
  accountId: number | null;
  scopes: string[];
  codeHash: Buffer | null;
};

/**
 * Keeps a token. Returns when it was made, or null when its code was used a second time meanwhile, or its app was
 * disconnected: then nothing is kept. Tokens that give way to it are revoked.
 */
export async function saveToken({ pool, redis }: TokenStores, token: NewToken): Promise<Date | null> {
  const saved = await transaction(pool, async (client) => {
    if (!(await hold(client, token))) return null;
    const at = await insert(client, token);
    return { at, surplus: await removeSurplus(client, token) };
  });
  if (!saved) return null;
  tellRevoked(redis, saved.surplus);
  return saved.at;
}

/**
 * Locks the app, the code and the account in this order, so that of two tokens that are saved at once the second sees the
 * first. False when the app or the code is gone.
 */
async function hold(client: pg.PoolClient, { appId, accountId, codeHash }: NewToken): Promise<boolean> {
  const { rowCount } = await client.query('UPDATE client_app SET used_at = now() WHERE id = $1', [appId]);
  if (rowCount === 0) return false;
  if (codeHash && !(await holdCode(client, codeHash))) return false;
  if (accountId !== null) await holdQuota(client, accountId);
  return true;
}

async function insert(client: pg.PoolClient, token: NewToken): Promise<Date> {
  const { hash, appId, accountId, scopes, codeHash } = token;
  const { at } = await readRow(client, z.object({ at: z.date() }), {
    text: `
      INSERT INTO access_token (hash, app_id, account_id, scopes, code_hash) VALUES ($1, $2, $3, $4, $5)
      RETURNING created_at AS at`,
    values: [hash, appId, accountId, scopes, codeHash],
  });
  return at;
}

function removeSurplus(client: pg.PoolClient, { accountId, appId }: NewToken): Promise<number[]> {
  const [whose, id, most] =
    accountId !== null
      ? ['account_id = $1', accountId, MOST.account]
      : ['app_id = $1 AND account_id IS NULL', appId, MOST.app];
  return remove(
    client,
    `id IN (SELECT id FROM access_token WHERE ${whose} ORDER BY used_at DESC, id DESC OFFSET $2)`,
    [id, most],
  );
}

/** Removes tokens; their ids are for {@link tellRevoked}. */
export async function remove(
  client: Pick<pg.Pool, 'query'>,
  which: string,
  values: unknown[],
): Promise<number[]> {
  const gone = await readRows(client, idRow, {
    text: `DELETE FROM access_token WHERE ${which} RETURNING id`,
    values,
  });
  return gone.map(({ id }) => id);
}

/** To be called once they are gone for good. */
export function tellRevoked(redis: StoreClient, tokenIds: number[]): void {
  if (tokenIds.length > 0) REVOKED_TOKENS.tell(redis, { tokenIds });
}

import { remove, type TokenStores, tellRevoked } from '#core/clients/tokens.ts';
import { transaction } from '#core/postgres.ts';

/** Revokes one token of an app. A token of another app stays, and nobody is told that it exists. */
export async function revokeToken({ pool, redis }: TokenStores, appId: number, hash: Buffer): Promise<void> {
  tellRevoked(redis, await remove(pool, 'hash = $1 AND app_id = $2', [hash, appId]));
}

/**
 * Takes back what a code gave, because somebody uses it a second time: two have it, and one of them is not the app. The
 * code comes first. Whoever is just saving a token for it holds the code, and is waited for.
 */
export async function revokeCode({ pool, redis }: TokenStores, hash: Buffer): Promise<void> {
  const gone = await transaction(pool, async (client) => {
    await client.query(
      'UPDATE authorization_code SET reused_at = coalesce(reused_at, now()) WHERE hash = $1',
      [hash],
    );
    return remove(client, 'code_hash = $1', [hash]);
  });
  tellRevoked(redis, gone);
}

/** Ends all that an app may do for an account, also by codes that it has not used yet. Returns how many tokens went. */
export async function disconnect(
  { pool, redis }: TokenStores,
  accountId: number,
  appId: number,
): Promise<number> {
  const gone = await transaction(pool, async (client) => {
    await client.query('DELETE FROM authorization_code WHERE account_id = $1 AND app_id = $2', [
      accountId,
      appId,
    ]);
    return remove(client, 'account_id = $1 AND app_id = $2', [accountId, appId]);
  });
  tellRevoked(redis, gone);
  return gone.length;
}

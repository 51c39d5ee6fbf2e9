import type pg from 'pg';
import { registerApp } from '#core/clients/apps.ts';
import { hashOf, newSecret } from '#core/clients/secrets.ts';
import { saveToken } from '#core/clients/tokens.ts';
import type { StoreClient } from '#core/redis.ts';

type World = { postgres: { pool: pg.Pool }; timelines: StoreClient };
type Connection = { accountId: number; name?: string; scopes?: string[] };

/** Connects an app to an account, as consent and OAuth do. `authorization` is the header of its calls. */
export async function connectApp(
  { postgres: { pool }, timelines: redis }: World,
  { accountId, name = 'An app', scopes = ['read', 'write', 'follow', 'push'] }: Connection,
): Promise<{ appId: number; token: string; authorization: string }> {
  const app = await registerApp(pool, { name, website: null, redirectUris: ['app://back'], scopes });
  const token = newSecret();
  await saveToken({ pool, redis }, { hash: hashOf(token), appId: app.id, accountId, scopes, codeHash: null });
  return { appId: app.id, token, authorization: `Bearer ${token}` };
}

import { registerApp } from '#core/clients/apps.ts';
import { hashOf, newSecret } from '#core/clients/secrets.ts';
import type { Reader } from '#lab/load/pages.ts';
import type { Application } from '#lab/stage/application.ts';

/** Somebody who has an app with a token of theirs. */
export type TokenHolder = Reader & { token: string };

/** Gives each a token of one app, as if they had all allowed it. */
export async function giveTokens(
  { pool }: Pick<Application, 'pool'>,
  people: Reader[],
): Promise<TokenHolder[]> {
  const scopes = ['read', 'write'];
  const app = await registerApp(pool, { name: 'bench', website: null, redirectUris: ['app://back'], scopes });
  const holders = people.map((person) => ({ ...person, token: newSecret() }));
  await pool.query(
    `INSERT INTO access_token (hash, app_id, account_id, scopes)
     SELECT hash, $1, account, $2 FROM unnest($3::bytea[], $4::int[]) AS t(hash, account)`,
    [app.id, scopes, holders.map(({ token }) => hashOf(token)), holders.map(({ id }) => id)],
  );
  return holders;
}

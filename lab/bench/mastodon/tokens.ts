import { hashOf, newSecret } from '#core/clients/secrets.ts';
import type { Reader } from '#lab/load/pages.ts';
import type { Application } from '#lab/stage/application.ts';

/** Somebody who has a client with a token of theirs. */
export type TokenHolder = Reader & { token: string };

/** Gives each a token of one app, as if they had all allowed it. */
export async function giveTokens(
  { pool }: Pick<Application, 'pool'>,
  people: Reader[],
): Promise<TokenHolder[]> {
  const holders = people.map((person) => ({ ...person, token: newSecret() }));
  await pool.query(
    `WITH app AS (
       INSERT INTO client_app (client_id, name, redirect_uris, scopes)
       VALUES ('bench', 'bench', '{}', '{read,write}') RETURNING id
     )
     INSERT INTO access_token (hash, app_id, account_id, scopes)
     SELECT hash, app.id, account, '{read,write}' FROM app, unnest($1::bytea[], $2::int[]) AS t(hash, account)`,
    [holders.map(({ token }) => hashOf(token)), holders.map(({ id }) => id)],
  );
  return holders;
}

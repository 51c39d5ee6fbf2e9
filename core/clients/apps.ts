import { timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { hashOf, newSecret } from '#core/clients/secrets.ts';
import { transaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';

/** An app as others see it: the name and the page that it says of itself. */
export type App = { id: number; name: string; website: string | null };

/** What an app says when it registers. */
export type NewApp = { name: string; website: string | null; redirectUris: string[]; scopes: string[] };

export type RegisteredApp = App & { clientId: string; redirectUris: string[]; scopes: string[] };

/** Apps that are kept at most. One app more takes the place of one that acts for nobody. */
const MOST_APPS = 10_000;

const registered = z.object({
  id: z.int(),
  clientId: z.string(),
  name: z.string(),
  website: z.string().nullable(),
  redirectUris: z.array(z.string()),
  scopes: z.array(z.string()),
});

const COLUMNS = 'id, client_id AS "clientId", name, website, redirect_uris AS "redirectUris", scopes';

/** Registers an app. Its secret is in this answer and nowhere else. */
export function registerApp(
  pool: pg.Pool,
  { name, website, redirectUris, scopes }: NewApp,
  most = MOST_APPS,
): Promise<RegisteredApp & { clientSecret: string }> {
  const clientSecret = newSecret();
  return transaction(pool, async (client) => {
    const app = await readRow(client, registered, {
      text: `
        INSERT INTO client_app (client_id, secret_hash, name, website, redirect_uris, scopes)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
      values: [newSecret(), hashOf(clientSecret), name, website, redirectUris, scopes],
    });
    await makeRoom(client, most);
    return { ...app, clientSecret };
  });
}

/** Of an app `a`. Tokens without an account do not count: an app takes those for itself. */
export const ACTS_FOR_NOBODY = `NOT EXISTS (SELECT FROM access_token t WHERE t.app_id = a.id AND t.account_id IS NOT NULL)`;

async function makeRoom(client: pg.PoolClient, most: number): Promise<void> {
  await client.query(
    `DELETE FROM client_app WHERE id IN (
       SELECT id FROM client_app a WHERE ${ACTS_FOR_NOBODY}
       ORDER BY used_at, id LIMIT greatest(0, (SELECT count(*) FROM client_app) - $1))`,
    [most],
  );
}

/** An app by its client id, or null. */
export async function findApp(pool: pg.Pool, clientId: string): Promise<RegisteredApp | null> {
  const [app] = await readRows(pool, registered, {
    text: `SELECT ${COLUMNS} FROM client_app WHERE client_id = $1`,
    values: [clientId],
  });
  return app ?? null;
}

/** Whether this is the app's secret. Takes as long for a wrong one. */
export async function isSecretOf(pool: pg.Pool, { id }: App, secret: string): Promise<boolean> {
  const { hash } = await readRow(pool, z.object({ hash: z.instanceof(Buffer) }), {
    text: 'SELECT secret_hash AS hash FROM client_app WHERE id = $1',
    values: [id],
  });
  return timingSafeEqual(hash, hashOf(secret));
}

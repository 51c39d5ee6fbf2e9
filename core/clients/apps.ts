import { timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { hashOf, newSecret } from '#core/clients/secrets.ts';
import { transaction } from '#core/postgres.ts';
import { idRow, readRow, readRows } from '#core/rows.ts';

/** An app as others see it: the name and the page that it says of itself. */
export type App = { id: number; name: string; website: string | null };

/** What an app says when it registers. */
export type NewApp = { name: string; website: string | null; redirectUris: string[]; scopes: string[] };

export type RegisteredApp = App & { clientId: string; redirectUris: string[]; scopes: string[] };

/** Apps that are kept at most. One app more takes the place of one that acts for nobody, or is refused. */
export const MOST_APPS = 10_000;

const registered = z.object({
  id: z.int(),
  clientId: z.string(),
  name: z.string(),
  website: z.string().nullable(),
  redirectUris: z.array(z.string()),
  scopes: z.array(z.string()),
});

const COLUMNS = 'id, client_id AS "clientId", name, website, redirect_uris AS "redirectUris", scopes';

/** There are as many apps as there may be, and each of them acts for somebody. */
export class AppsFull extends Error {
  override name = 'AppsFull';
}

/** Registers an app. Its secret is in this answer and nowhere else. Throws {@link AppsFull} when there is no place for it. */
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
    const removed = await makeRoom(client, most);
    if (removed.includes(app.id))
      throw new AppsFull(`Expected at most ${most} apps, or one of them that acts for nobody`);
    return { ...app, clientSecret };
  });
}

/** Of an app `a`. Tokens without an account do not count: an app takes those for itself. */
export const ACTS_FOR_NOBODY = `NOT EXISTS (SELECT FROM access_token t WHERE t.app_id = a.id AND t.account_id IS NOT NULL)`;

/** Returns the ids of those that gave way: the newest app too, if all others act for somebody. */
async function makeRoom(client: pg.PoolClient, most: number): Promise<number[]> {
  const removed = await readRows(client, idRow, {
    text: `
      DELETE FROM client_app WHERE id IN (
        SELECT id FROM client_app a WHERE ${ACTS_FOR_NOBODY}
        ORDER BY used_at, id LIMIT greatest(0, (SELECT count(*) FROM client_app) - $1)) RETURNING id`,
    values: [most],
  });
  return removed.map(({ id }) => id);
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

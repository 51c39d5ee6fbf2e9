import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';

/** An app that may act for an account: by how many tokens, for what, since when, and when it did last. */
export type ConnectedApp = {
  id: number;
  name: string;
  website: string | null;
  scopes: string[];
  tokens: number;
  connectedAt: string;
  /** Within an hour: every use is not written down. */
  usedAt: string;
};

const connected = z.object({
  id: z.int(),
  name: z.string(),
  website: z.string().nullable(),
  scopes: z.array(z.string()),
  tokens: z.int(),
  connectedAt: z.date().transform((date) => date.toISOString()),
  usedAt: z.date().transform((date) => date.toISOString()),
});

/** The apps that may act for an account, the one that was used last first. */
export const listConnected = (pool: pg.Pool, accountId: number): Promise<ConnectedApp[]> =>
  readRows(pool, connected, {
    text: `
      SELECT a.id, a.name, a.website, count(*)::int AS tokens, min(t.created_at) AS "connectedAt",
        max(t.used_at) AS "usedAt",
        array(SELECT DISTINCT unnest(scopes) FROM access_token
          WHERE app_id = a.id AND account_id = $1 ORDER BY 1) AS scopes
      FROM access_token t JOIN client_app a ON a.id = t.app_id
      WHERE t.account_id = $1 GROUP BY a.id ORDER BY max(t.used_at) DESC, a.id DESC`,
    values: [accountId],
  });

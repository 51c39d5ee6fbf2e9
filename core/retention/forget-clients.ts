import type pg from 'pg';
import { ACTS_FOR_NOBODY } from '#core/clients/apps.ts';
import type { Forgotten, Range } from '#core/retention/forget-finished.ts';

/** The most of a batch. */
const AT_ONCE = 1_000;

/** Removes the codes of apps, used or not: after a day, nobody can use one by mistake a second time. */
export const forgetCodes = (client: pg.PoolClient, range: Range): Promise<Forgotten> =>
  remove(
    client,
    range,
    'DELETE FROM authorization_code WHERE hash IN (SELECT hash FROM authorization_code WHERE created_at < $1::timestamptz ORDER BY created_at LIMIT $2)',
  );

/** Removes apps that act for nobody, with the tokens that they took for themselves. Those that act for somebody stay. */
export const forgetApps = (client: pg.PoolClient, range: Range): Promise<Forgotten> =>
  remove(
    client,
    range,
    `DELETE FROM client_app WHERE id IN (SELECT id FROM client_app a WHERE used_at < $1::timestamptz AND ${ACTS_FOR_NOBODY} ORDER BY used_at LIMIT $2)`,
  );

/** Begins at the beginning each time: what stayed because it was in use may be unused by now. Apps are few. */
async function remove(client: pg.PoolClient, { from, to }: Range, text: string): Promise<Forgotten> {
  const { rowCount } = await client.query(text, [to, AT_ONCE]);
  return { rows: rowCount ?? 0, upTo: from };
}

import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

/** From when on something is looked for, and what ended before `to` may go. Times as Postgres writes them. */
export type Range = { from: string; to: string };

/** What one step did: rows that it looked at, and the time up to which nothing is left to do. */
export type Forgotten = { rows: number; upTo: string };

/** Fan-outs of a batch, and chunks: those of a few celebrities, or of many small tweets. About 50 ms of Postgres. */
const FAN_OUTS = 1_000;
const CHUNKS = 5_000;

const batch = z.object({ fanOuts: z.int(), upTo: z.string() });

/**
 * Removes the chunks of fan-outs that ended long ago; with `fan-outs` these as well. Either all chunks of a fan-out are there
 * or none, which the audit and the rules of the ledger rely on. What failed stays whole.
 *
 * Goes by the index of ends: a batch is of whole milliseconds, so that none of its fan-outs is left behind.
 */
export const forgetFinished =
  (what: 'chunks' | 'fan-outs') =>
  async (client: pg.PoolClient, { from, to }: Range): Promise<Forgotten> => {
    const { fanOuts, upTo } = await readRow(client, batch, {
      text: `
        SELECT count(*)::int AS "fanOuts", coalesce(max(finished_at), $2)::text AS "upTo" FROM (
          SELECT finished_at, sum(chunks) OVER (ORDER BY finished_at, tweet_id) - chunks AS before
          FROM (
            SELECT tweet_id, finished_at, chunks FROM fan_out
            WHERE finished_at > $1::timestamptz AND finished_at < $2::timestamptz ORDER BY finished_at LIMIT $3
          ) ended
        ) ended WHERE before < $4`,
      values: [from, to, FAN_OUTS, CHUNKS],
    });
    if (fanOuts === 0) return { rows: 0, upTo: from };
    const ids = await endedIn(client, { from, to: upTo });
    await client.query('DELETE FROM chunk WHERE tweet_id = ANY($1::bigint[])', [ids]);
    if (what === 'fan-outs')
      await client.query('DELETE FROM fan_out WHERE tweet_id = ANY($1::bigint[])', [ids]);
    return { rows: fanOuts, upTo };
  };

/** The ids of those that did not fail, locked: nobody reopens one meanwhile. `to` is included. */
async function endedIn(client: pg.PoolClient, { from, to }: Range): Promise<number[]> {
  const { ids } = await readRow(client, z.object({ ids: z.array(z.int()) }), {
    text: `
      SELECT coalesce(json_agg(tweet_id), '[]') AS ids FROM (
        SELECT tweet_id FROM fan_out
        WHERE finished_at > $1::timestamptz AND finished_at <= $2::timestamptz AND state IN ('delivered', 'cancelled')
        ORDER BY tweet_id FOR UPDATE
      ) ended`,
    values: [from, to],
  });
  return ids;
}

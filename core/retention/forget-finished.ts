import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

/** What ended after `from` is looked at, and what ended before `to` may go. The times are as Postgres writes them. */
export type Range = { from: string; to: string };

/** What one step did: rows that it looked at, and the time up to which nothing is left to do. */
export type Forgotten = { rows: number; upTo: string };

/** The most fan-outs and chunks of a batch: a few celebrities, or many small tweets. About 50 ms of Postgres. */
const FAN_OUTS = 1_000;
const CHUNKS = 5_000;

const batch = z.object({ fanOuts: z.int(), upTo: z.string() });

/**
 * Removes the chunks of fan-outs that ended long ago; with `fan-outs` also the fan-outs. Either all chunks of a fan-out
 * are there or none: the audit and the rules of the ledger rely on it. Fan-outs that failed stay, with all their
 * chunks.
 *
 * Goes by the index of ends. A batch holds whole milliseconds, so that no fan-out of a millisecond is left behind.
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

/** The ids of those that did not fail. They are locked, so that nobody reopens one meanwhile. `to` is included. */
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

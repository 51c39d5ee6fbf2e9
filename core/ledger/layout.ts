import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { durableTransaction } from '#core/postgres.ts';
import { readRow } from '#core/rows.ts';

/**
 * How timelines lie in their store: in how many shards, under which names. The number of shards belongs to the data. The
 * ledger has a row for each layout that there ever was, and the one with the highest generation is in force. No name of one
 * layout is a name of another. So whatever happened under a layout before cannot be taken for something of this one.
 *
 *     0          1 shard    h:{0}:…
 *     28512034   3 shards   h:{28512034.9158}:…   h:{28512034.2104}:…   …      since `npm run shards -- 3`
 *     28598771   1 shard    h:{28598771.10331}:…                               since `npm run shards -- 1`
 *
 * A generation is the second of its change. A Postgres that was restored to before a change has no row of it, while the keys
 * of its layout are still in the store. A number in sequence would be given again, and those keys would be taken for new ones.
 *
 * A change makes every timeline cold, and nothing else. What keeps it free of holes:
 *
 *     plan     A fan-out belongs to the layout in which it is planned. The lock in `planning_layout` makes a change wait
 *              for plans that are being written, so a plan of the layout before is in the ledger before the change is.
 *     rebuild  A timeline of this layout is rebuilt after the change. So it holds every tweet whose plan is of a layout
 *              before, whether that is delivered or not. Only the plans of this layout push to it.
 *     deliver  What is left of a plan of a layout before is pushed to nobody: its followers count as cold.
 *     read     A reader asks the ledger which layout is in force with each page, and reads again after a change.
 *
 */
export type Layout = {
  shards: number;
  /** Without it, 0. That is the layout of the versions before this file, whose names have the bare number of a shard. */
  generation?: number | undefined;
};

/** The shard of a chunk that is for all shards, as every small fan-out is: each takes its own part of it. */
export const EVERY_SHARD = -1;

/** A layout as the ledger has it. */
export type KnownLayout = { shards: number; generation: number };

const layoutRow = z.object({ shards: z.int(), generation: z.int() });

type Client = Pick<pg.ClientBase, 'query'>;

/** SQL for the generation in force. */
export const GENERATION_SQL = '(SELECT max(generation) FROM timeline_layout)';

/** SQL for the seconds since 2026: enough for a column of INTEGER until 2094. */
const SECOND_SQL = `extract(epoch FROM clock_timestamp() - timestamptz '2026-01-01 00:00:00+00')::int`;

/** The layout in force. */
export function readLayout(client: Client): Promise<KnownLayout> {
  return readRow(client, layoutRow, {
    text: 'SELECT generation, shards FROM timeline_layout ORDER BY generation DESC LIMIT 1',
  });
}

/**
 * Brings a layout with so many shards into force, for all processes and at once; they notice within a second. Every timeline
 * is cold then, and is rebuilt when it is read, or by the workers. False when the layout in force has as many.
 */
export async function changeShards(pool: pg.Pool, shards: number): Promise<boolean> {
  for (;;) {
    try {
      return await change(pool, shards);
    } catch (error) {
      if (!isLocked(error)) throw error;
    }
    await wait(ASIDE);
  }
}

/**
 * How long a change waits for plans that are being written. All later plans stand behind it meanwhile. One of before may wait
 * for seconds, for the row of a fan-out that a frozen process holds. So the change steps aside, and tries again.
 */
const PATIENCE = 200; // ms
const ASIDE = 100; // ms

const LOCK_NOT_AVAILABLE = '55P03';
const isLocked = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE;

async function change(pool: pg.Pool, shards: number): Promise<boolean> {
  return durableTransaction(pool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = ${PATIENCE}`);
    await client.query('SELECT pg_advisory_xact_lock(planning_lock(), 0)');
    const now = await readLayout(client);
    if (now.shards === shards) return false;
    await client.query(
      `INSERT INTO timeline_layout (generation, shards) VALUES (greatest($1::int + 1, ${SECOND_SQL}), $2)`,
      [now.generation, shards],
    );
    return true;
  });
}

/** Layouts that are no longer in force and whose keys are still in the store. */
export async function retiredLayouts(client: Client): Promise<KnownLayout[]> {
  const { layouts } = await readRow(client, z.object({ layouts: z.array(layoutRow) }), {
    text: `
      SELECT coalesce(json_agg(l ORDER BY generation), '[]') AS layouts FROM (
        SELECT generation, shards FROM timeline_layout
        WHERE emptied_at IS NULL AND generation < ${GENERATION_SQL}
      ) l`,
  });
  return layouts;
}

/** Notes that nothing of a retired layout is left in the store. */
export async function noteEmptied(client: Client, { generation }: KnownLayout): Promise<void> {
  await client.query('UPDATE timeline_layout SET emptied_at = clock_timestamp() WHERE generation = $1', [
    generation,
  ]);
}

const planLayout = z.object({ plan: layoutRow, now: z.int() });

/** The layout in which a fan-out was planned, and the generation that is in force. */
export async function layoutOfPlan(client: Client, tweetId: number): Promise<z.infer<typeof planLayout>> {
  return readRow(client, planLayout, {
    text: `
      SELECT json_build_object('generation', l.generation, 'shards', l.shards) AS plan, ${GENERATION_SQL} AS now
      FROM timeline_layout l
      WHERE l.generation = coalesce((SELECT layout FROM fan_out WHERE tweet_id = $1), 0)`,
    values: [tweetId],
  });
}

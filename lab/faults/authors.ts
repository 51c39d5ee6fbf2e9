import { z } from 'zod';
import { readRow } from '#core/rows.ts';
import { forcePull } from '#core/tweets/force-pull.ts';
import { until } from '#dev/ports.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { Heal } from './outages.ts';

const PATIENCE = 120_000; // ms; Postgres may be killed again and again
const LONGEST = 60; // seconds; a restore of Postgres may bring the force back

const handleRow = z.object({ handle: z.string() });

/**
 * Has the tweets of an author pulled while others of his are on their way, and pushed again later: of one who has posted of
 * late, so that it matters.
 */
export async function pullAnAuthor(
  { pool }: Pick<BreakableStage, 'pool'>,
  _target: string,
  random: () => number,
): Promise<Heal> {
  const place = random();
  const { handle } = await until(
    () =>
      readRow(pool, handleRow, {
        text: `
          SELECT handle FROM (
            SELECT DISTINCT author_id FROM (SELECT author_id FROM fan_out ORDER BY tweet_id DESC LIMIT 100) newest
          ) a JOIN "user" u ON u.id = a.author_id
          ORDER BY u.id OFFSET floor($1::float8 * (
            SELECT count(DISTINCT author_id) FROM (SELECT author_id FROM fan_out ORDER BY tweet_id DESC LIMIT 100) newest
          )) LIMIT 1`,
        values: [place],
      }),
    PATIENCE,
  );
  await until(() => forcePull(pool, handle, LONGEST), PATIENCE);
  return async () => void (await until(() => forcePull(pool, handle, 0), PATIENCE));
}

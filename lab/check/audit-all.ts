import type pg from 'pg';
import { type Audit, audit, NotAuditable } from '#core/audit/audit.ts';
import { idRow, readRows } from '#core/rows.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { sumOf } from '#lab/harness/statistics.ts';

type Stores = { pool: pg.Pool; store: TimelineStore };

/** Audits these tweets one after another. Leaves out those that are not delivered yet, or not there any more. */
export async function auditAll({ pool, store }: Stores, tweetIds: number[]): Promise<Audit[]> {
  const audits: Audit[] = [];
  for (const tweetId of tweetIds) {
    try {
      audits.push(await audit(pool, store, tweetId));
    } catch (error) {
      if (!(error instanceof NotAuditable)) throw error;
    }
  }
  return audits;
}

/** Tweets posted since a time, the newest first. Their delivery is finished, and nobody has deleted them. */
export async function auditable(pool: pg.Pool, { since }: { since: Date }): Promise<number[]> {
  const rows = await readRows(pool, idRow, {
    text: `SELECT t.id FROM tweet t JOIN fan_out f ON f.tweet_id = t.id
     WHERE t.created_at >= $1 AND t.deleted_at IS NULL AND f.state = 'delivered' ORDER BY t.id DESC`,
    values: [since],
  });
  return rows.map((row) => row.id);
}

/** True when the tweet is not where it should be, exactly once. */
export const isBroken = ({ missing, twice, gone }: Audit): boolean => missing > 0 || twice > 0 || gone < 0;

/** All that several audits counted. */
export function sumAudits(audits: Audit[]) {
  return {
    expected: sumOf(audits, (each) => each.expected),
    present: sumOf(audits, (each) => each.present),
    cold: sumOf(audits, (each) => each.cold),
    gone: sumOf(audits, (each) => each.gone),
    pulled: sumOf(audits, (each) => each.pulled),
    sampled: sumOf(audits, (each) => each.sampled),
    missing: sumOf(audits, (each) => each.missing),
    twice: sumOf(audits, (each) => each.twice),
  };
}

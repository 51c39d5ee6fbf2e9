import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

/** How large this is: for people and statuses what Postgres estimates, since counting all of them would read them all. */
export type InstanceFigures = {
  users: number;
  statuses: number;
  /** Accounts that have read home within 30 and within 180 days. */
  activeMonth: number;
  activeHalfyear: number;
};

const figures = z.object({
  users: z.number(),
  statuses: z.number(),
  activeMonth: z.number(),
  activeHalfyear: z.number(),
});

/** An estimate is -1 until the table was looked at for the first time. */
const estimate = (table: string) =>
  `(SELECT greatest(0, reltuples)::bigint FROM pg_class WHERE oid = '"${table}"'::regclass)`;

const active = (days: number) =>
  `(SELECT count(*) FROM home_read WHERE hour > extract(epoch FROM now())::int / 3600 - ${24 * days})`;

/** Reads them. Counting who was active takes 50 ms for a million. */
export const readInstanceFigures = (pool: pg.Pool): Promise<InstanceFigures> =>
  readRow(pool, figures, {
    text: `
      SELECT ${estimate('user')} AS users, ${estimate('tweet')} AS statuses,
        ${active(30)} AS "activeMonth", ${active(180)} AS "activeHalfyear"`,
  });

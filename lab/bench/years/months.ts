import { join } from 'node:path';
import type pg from 'pg';
import { z } from 'zod';
import { checkLedger, FAN_OUT_RULES } from '#core/audit/ledger-rules.ts';
import { readRows } from '#core/rows.ts';
import { expireTasks } from '#core/tasks/expire.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { significant, type Table, whole } from '#lab/harness/table.ts';
import { addPast } from '#lab/load/past.ts';
import { addPeople } from '#lab/load/people.ts';
import { openServers } from '#lab/stage/stage.ts';
import { daysAhead, forgetAll, type Sizes } from './systems.ts';

/** Bytes of each table on a day, with its indexes and its TOAST table. */
type TableSizes = Record<string, number>;

export type Months = { first: TableSizes; last: TableSizes; daily: number };

const [FIRST, LAST] = [31, 60] as const; // days
const PARTS = 3; // of a day

/** Users' data, which nothing forgets. */
const KEPT_FOR_EVER = new Set(['tweet', 'user', 'follow']);

/**
 * Lives through two months, on servers of its own. Every day brings as many tweets as the others, and what is too old
 * by then is forgotten, in the batches that workers take. A day's rows are dated ahead, because the clock of Postgres
 * cannot be moved. Forgetting goes on all day, and autovacuum is due at 1 % of dead rows. That is three times in such a
 * day, so a day has three parts, and VACUUM runs after each.
 */
export async function liveMonths(run: Run<keyof Sizes>): Promise<Months> {
  const stage = await openServers({ ...run, dataDir: join(run.dataDir, 'months') });
  const authors = (await addPeople(stage.pool, 'past', 1_000)).map(({ id }) => id);
  const { daily } = run.sizes;
  const days: TableSizes[] = [];
  const tweets = {
    authors,
    chunks: 1,
    followers: 12,
    days: 1 / PARTS,
    fanOuts: Math.ceil(daily / PARTS),
    tasks: 0,
  };
  for (let day = 1; day <= LAST; day++) {
    await nextTasks(stage.pool, { authors, tasks: Math.ceil(daily / 20) });
    for (let part = 1; part <= PARTS; part++) {
      const ahead = day - 1 + part / PARTS;
      await addPast(stage.pool, { ...tweets, until: -ahead });
      await forgetAll(stage, daysAhead(ahead));
      await stage.pool.query('VACUUM (ANALYZE) fan_out, chunk, idempotency_key, task');
    }
    days[day] = await sizesOf(stage.pool);
    if (day % 10 === 0) run.log(`day ${day} of ${LAST}`);
  }
  const breaches = await checkLedger(stage.pool, FAN_OUT_RULES);
  if (breaches.length > 0) throw new Error(`The ledger breaks its rules: ${JSON.stringify(breaches)}`);
  return { first: peakOf(days, FIRST), last: peakOf(days, LAST), daily };
}

/** Adds a day's tasks. Tasks expire by the clock, so those of the days before are made a day older first. */
async function nextTasks(
  pool: pg.Pool,
  { authors, tasks }: { authors: number[]; tasks: number },
): Promise<void> {
  await pool.query(`UPDATE task SET expires_at = expires_at - interval '1 day'`);
  while ((await expireTasks(pool)) > 0);
  await addPast(pool, { authors, chunks: 1, followers: 12, days: 1, fanOuts: 0, tasks });
}

/**
 * The largest sizes in the week that ends with this day. A table whose rows come and go gives its last pages back to
 * the disk when they happen to be free. It takes them again a day later.
 */
function peakOf(days: TableSizes[], last: number): TableSizes {
  const week = days.slice(last - 6, last + 1);
  return mapValues(week.at(-1) ?? {}, (_, table) => Math.max(...week.map((sizes) => sizes[table] ?? 0)));
}

const size = z.object({ table: z.string(), bytes: z.number() });

async function sizesOf(pool: pg.Pool): Promise<TableSizes> {
  const rows = await readRows(pool, size, {
    text: `SELECT relname AS "table", pg_total_relation_size(oid)::float8 AS bytes FROM pg_class
           WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY bytes DESC`,
  });
  return Object.fromEntries(rows.map(({ table, bytes }) => [table, bytes]));
}

/** A smaller table has few pages, so those that happen to be free change its size too much. */
const SMALL = 4 * 1024 ** 2;

/** The largest growth of any table that is not users' data. */
export const growthOf = ({ first, last }: Months): number =>
  Math.max(...boundedIn(last).map((table) => growth(table, { first, last })));

const boundedIn = (sizes: TableSizes): string[] =>
  Object.keys(sizes).filter((table) => !KEPT_FOR_EVER.has(table) && (sizes[table] ?? 0) > SMALL);

const growth = (table: string, { first, last }: Pick<Months, 'first' | 'last'>): number =>
  (last[table] ?? 0) / (first[table] ?? 0);

export function monthsTable(months: Months): Table {
  const { first, last, daily } = months;
  const mb = (bytes = 0) => significant(bytes / 1024 ** 2);
  const shown = Object.keys(last).filter((table) => (last[table] ?? 0) > SMALL);
  return {
    title: `Two months of ${whole(daily)} tweets a day`,
    head: ['table', `day ${FIRST}, MB`, `day ${LAST}, MB`, 'growth'],
    rows: shown.map((table) => [
      table,
      mb(first[table]),
      mb(last[table]),
      significant(growth(table, months)),
    ]),
    notes: [
      'with indexes, the largest size of the week that ends with the day; tables below 4 MB are left out',
      'tweet: users’ data, which is kept for ever. It is the only one that may grow',
    ],
  };
}

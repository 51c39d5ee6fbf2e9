import type pg from 'pg';
import { isoUtc } from '#core/iso-utc.ts';
import { toJson } from '#core/tasks/json.ts';
import { checkTiming, nextTick, type Timing } from '#core/tasks/next-tick.ts';
import type { Queryable } from '#core/tasks/task.ts';

/** A task that is asked for again and again. Times are ISO 8601 UTC. */
export type Schedule = Timing & {
  name: string;
  kind: string;
  data: unknown;
  /** Who made it; null: the system itself. */
  accountId: number | null;
  enabled: boolean;
  nextAt: string;
  lastAt: string | null;
  /** Of the last tick; kept as long as tasks are. */
  lastTaskId: number | null;
};

export type NewSchedule = Pick<Schedule, 'name' | 'kind' | 'data' | 'accountId'> & Timing;

const iso = (column: string, name: string) => `${isoUtc(column)} AS "${name}"`;

const COLUMNS = `name, kind, data, account_id AS "accountId", cron, every_ms AS "everyMs", time_zone AS "timeZone",
  enabled, ${iso('next_at', 'nextAt')}, ${iso('last_at', 'lastAt')}, last_task_id AS "lastTaskId"`;

/** All schedules by name. */
export async function readSchedules(pool: Queryable): Promise<Schedule[]> {
  const { rows } = await pool.query<Schedule>(`SELECT ${COLUMNS} FROM schedule ORDER BY name`);
  return rows;
}

/** One schedule, or null. */
export async function readSchedule(pool: Queryable, name: string): Promise<Schedule | null> {
  const { rows } = await pool.query<Schedule>(`SELECT ${COLUMNS} FROM schedule WHERE name = $1`, [name]);
  return rows[0] ?? null;
}

/**
 * Adds a schedule; one of that name is left as it is. Returns whether it was added. Throws {@link NoSuchTiming} and
 * {@link NotKept}. An interval begins now, an expression at its next time.
 */
export async function addSchedule(pool: pg.Pool, schedule: NewSchedule): Promise<boolean> {
  checkTiming(schedule);
  const now = new Date();
  const first = schedule.everyMs === null ? nextTick(schedule, now, now) : now;
  const { rowCount } = await pool.query(
    `INSERT INTO schedule (name, kind, data, account_id, cron, every_ms, time_zone, next_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING`,
    [
      ...[schedule.name, schedule.kind, toJson('data', schedule.data), schedule.accountId],
      ...[schedule.cron, schedule.everyMs, schedule.timeZone, first.toISOString()],
    ],
  );
  return rowCount === 1;
}

export type ScheduleChange = { [K in keyof Timing]?: Timing[K] | undefined } & {
  enabled?: boolean | undefined;
};

/**
 * Changes when a schedule runs, or whether. What it missed while it was disabled is not made up for. Returns it as it
 * is now, or null when there is none of that name. Throws {@link NoSuchTiming}.
 */
export async function changeSchedule(
  pool: pg.Pool,
  name: string,
  change: ScheduleChange,
): Promise<Schedule | null> {
  const found = await readSchedule(pool, name);
  if (!found) return null;
  const timing = changedTiming(found, change);
  checkTiming(timing);
  const now = new Date();
  const { rows } = await pool.query<Schedule>(
    `UPDATE schedule SET cron = $2, every_ms = $3, time_zone = $4, enabled = $5, next_at = $6
     WHERE name = $1 RETURNING ${COLUMNS}`,
    [
      ...[name, timing.cron, timing.everyMs, timing.timeZone, change.enabled ?? found.enabled],
      nextTick(timing, now, now).toISOString(),
    ],
  );
  return rows[0] ?? null;
}

/** An expression replaces an interval, and the other way round. */
function changedTiming(found: Timing, { cron, everyMs, timeZone }: ScheduleChange): Timing {
  const zone = timeZone ?? found.timeZone;
  if (cron == null && everyMs == null) return { cron: found.cron, everyMs: found.everyMs, timeZone: zone };
  return { cron: cron ?? null, everyMs: everyMs ?? null, timeZone: zone };
}

/** Removes a schedule; the tasks that it asked for stay. Returns whether there was one. */
export async function removeSchedule(pool: pg.Pool, name: string): Promise<boolean> {
  const { rowCount } = await pool.query('DELETE FROM schedule WHERE name = $1', [name]);
  return rowCount === 1;
}

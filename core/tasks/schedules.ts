import type pg from 'pg';
import { z } from 'zod';
import { holdQuota, OverQuota, type Quotas } from '#core/admission/quotas.ts';
import { type Database, transaction } from '#core/postgres.ts';
import { toNumber } from '#core/prisma.ts';
import { readRow, readRows } from '#core/rows.ts';
import { toJson } from '#core/tasks/json.ts';
import { checkTiming, nextTick, type Timing } from '#core/tasks/next-tick.ts';
import type { PrismaClient } from '#prisma/client/client.ts';
import type { ScheduleGetPayload, ScheduleSelect } from '#prisma/client/models.ts';

/** A task that is asked for again and again. Times are ISO 8601 UTC. */
export type Schedule = Timing & {
  name: string;
  kind: string;
  data: unknown;
  /** Who made it; null when the system itself did. */
  accountId: number | null;
  enabled: boolean;
  nextAt: string;
  lastAt: string | null;
  /** The task of the last tick, for as long as that task is kept. */
  lastTaskId: number | null;
  /** How many ticks asked for nothing, because the task of the tick before was not over. */
  skipped: number;
};

export type NewSchedule = Pick<Schedule, 'name' | 'kind' | 'data' | 'accountId'> & Timing;

const SHOWN = {
  ...{ name: true, kind: true, data: true, accountId: true, cron: true, everyMs: true, timeZone: true },
  ...{ enabled: true, nextAt: true, lastAt: true, lastTaskId: true, skipped: true },
} satisfies ScheduleSelect;

type Row = ScheduleGetPayload<{ select: typeof SHOWN }>;

const toSchedule = (row: Row): Schedule => ({
  ...row,
  everyMs: toNumber(row.everyMs),
  nextAt: row.nextAt.toISOString(),
  lastAt: row.lastAt?.toISOString() ?? null,
  lastTaskId: toNumber(row.lastTaskId),
});

/** All schedules by name. */
export async function readSchedules(prisma: PrismaClient): Promise<Schedule[]> {
  const rows = await prisma.schedule.findMany({ select: SHOWN, orderBy: { name: 'asc' } });
  return rows.map(toSchedule);
}

/** One schedule, or null. */
export async function readSchedule(prisma: PrismaClient, name: string): Promise<Schedule | null> {
  const row = await prisma.schedule.findUnique({ where: { name }, select: SHOWN });
  return row && toSchedule(row);
}

/**
 * Adds a schedule, unless there is one of that name. Returns whether it was added. An interval begins now, an expression at
 * its next time. Throws {@link NoSuchTiming}, {@link NotKept} and, when the account has as many as it may have,
 * {@link OverQuota}.
 */
export async function addSchedule(
  pool: pg.Pool,
  schedule: NewSchedule,
  quotas?: Pick<Quotas, 'schedules'>,
): Promise<boolean> {
  checkTiming(schedule);
  const { accountId } = schedule;
  return transaction(pool, async (client) => {
    if (accountId !== null) await holdQuota(client, accountId);
    const isAdded = await insert(client, schedule);
    if (isAdded && accountId !== null && quotas) await checkQuota(client, accountId, quotas.schedules);
    return isAdded;
  });
}

async function insert(client: pg.PoolClient, schedule: NewSchedule): Promise<boolean> {
  const { name, kind, data, accountId, cron, everyMs, timeZone } = schedule;
  const now = new Date();
  const nextAt = everyMs === null ? nextTick(schedule, now, now) : now;
  const { rowCount } = await client.query(
    `INSERT INTO schedule (name, kind, data, account_id, cron, every_ms, time_zone, next_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
    [name, kind, toJson('data', data), accountId, cron, everyMs, timeZone, nextAt.toISOString()],
  );
  return rowCount === 1;
}

/** Counts the schedule that this transaction has added, too. */
async function checkQuota(client: pg.PoolClient, accountId: number, most: number): Promise<void> {
  const { count } = await readRow(client, z.object({ count: z.int() }), {
    text: 'SELECT count(*)::int AS count FROM schedule WHERE account_id = $1',
    values: [accountId],
  });
  if (count > most) throw new OverQuota({ what: 'schedules', most, used: count - 1 }, null);
}

/** A schedule by its name and owner, who is null for the system. After its removal somebody else may take the name. */
export type OwnedSchedule = { name: string; ownerId: number | null };

export type ScheduleChange = { [K in keyof Timing]?: Timing[K] | undefined } & {
  enabled?: boolean | undefined;
};

const changeable = z.object({
  cron: z.string().nullable(),
  everyMs: z.number().nullable(),
  timeZone: z.string(),
  enabled: z.boolean(),
});

/**
 * Changes when a schedule runs, or whether it does. Ticks that it missed while it was disabled are not made up for. Returns
 * the schedule as it is now, or null when there is none of that name. The row is locked before it is read, so that of two
 * changes at once each keeps what the other has changed, and a tick comes before or after. Throws {@link NoSuchTiming}.
 */
export async function changeSchedule(
  { pool, prisma }: Database,
  owned: OwnedSchedule,
  change: ScheduleChange,
): Promise<Schedule | null> {
  const isChanged = await transaction(pool, async (client) => {
    const found = await lock(client, owned);
    if (found)
      await update(client, owned.name, {
        ...changedTiming(found, change),
        enabled: change.enabled ?? found.enabled,
      });
    return found !== undefined;
  });
  return isChanged ? readSchedule(prisma, owned.name) : null;
}

async function lock(client: pg.PoolClient, { name, ownerId }: OwnedSchedule) {
  const [found] = await readRows(client, changeable, {
    text: `
      SELECT cron, every_ms AS "everyMs", time_zone AS "timeZone", enabled
      FROM schedule WHERE name = $1 AND account_id IS NOT DISTINCT FROM $2 FOR UPDATE`,
    values: [name, ownerId],
  });
  return found;
}

async function update(
  client: pg.PoolClient,
  name: string,
  { enabled, ...timing }: z.infer<typeof changeable>,
): Promise<void> {
  checkTiming(timing);
  const now = new Date();
  await client.query(
    `UPDATE schedule SET cron = $2, every_ms = $3, time_zone = $4, enabled = $5, next_at = $6 WHERE name = $1`,
    [name, timing.cron, timing.everyMs, timing.timeZone, enabled, nextTick(timing, now, now).toISOString()],
  );
}

/** A new expression replaces an interval, and a new interval an expression. */
function changedTiming(found: Timing, { cron, everyMs, timeZone }: ScheduleChange): Timing {
  const zone = timeZone ?? found.timeZone;
  if (cron == null && everyMs == null) return { cron: found.cron, everyMs: found.everyMs, timeZone: zone };
  return { cron: cron ?? null, everyMs: everyMs ?? null, timeZone: zone };
}

/** Removes a schedule; the tasks that it asked for stay. Returns whether there was one. */
export async function removeSchedule(
  prisma: PrismaClient,
  { name, ownerId }: OwnedSchedule,
): Promise<boolean> {
  const { count } = await prisma.schedule.deleteMany({ where: { name, accountId: ownerId } });
  return count === 1;
}

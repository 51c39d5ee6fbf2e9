import { z } from 'zod';
import { toNumber } from '#core/prisma.ts';
import { toJson } from '#core/tasks/json.ts';
import { checkTiming, nextTick, type Timing } from '#core/tasks/next-tick.ts';
import { Prisma, type PrismaClient } from '#prisma/client/client.ts';
import type { ScheduleGetPayload, ScheduleSelect } from '#prisma/client/models.ts';

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

const SHOWN = {
  ...{ name: true, kind: true, data: true, accountId: true, cron: true, everyMs: true, timeZone: true },
  ...{ enabled: true, nextAt: true, lastAt: true, lastTaskId: true },
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
 * Adds a schedule; one of that name is left as it is. Returns whether it was added. Throws {@link NoSuchTiming} and
 * {@link NotKept}. An interval begins now, an expression at its next time.
 */
export async function addSchedule(prisma: PrismaClient, schedule: NewSchedule): Promise<boolean> {
  checkTiming(schedule);
  const { everyMs, data, ...row } = schedule;
  const now = new Date();
  const nextAt = everyMs === null ? nextTick(schedule, now, now) : now;
  const { count } = await prisma.schedule.createMany({
    data: { ...row, nextAt, everyMs, data: json.parse(JSON.parse(toJson('data', data))) ?? Prisma.JsonNull },
    skipDuplicates: true,
  });
  return count === 1;
}

const json = z.json();

export type ScheduleChange = { [K in keyof Timing]?: Timing[K] | undefined } & {
  enabled?: boolean | undefined;
};

/**
 * Changes when a schedule runs, or whether. What it missed while it was disabled is not made up for. Returns it as it
 * is now, or null when there is none of that name. Throws {@link NoSuchTiming}.
 */
export async function changeSchedule(
  prisma: PrismaClient,
  name: string,
  change: ScheduleChange,
): Promise<Schedule | null> {
  const found = await readSchedule(prisma, name);
  if (!found) return null;
  const timing = changedTiming(found, change);
  checkTiming(timing);
  const now = new Date();
  const nextAt = nextTick(timing, now, now);
  // As a list, which is empty when somebody has removed it meanwhile.
  const [row] = await prisma.schedule.updateManyAndReturn({
    where: { name },
    data: { ...timing, nextAt, enabled: change.enabled ?? found.enabled },
    select: SHOWN,
  });
  return row ? toSchedule(row) : null;
}

/** An expression replaces an interval, and the other way round. */
function changedTiming(found: Timing, { cron, everyMs, timeZone }: ScheduleChange): Timing {
  const zone = timeZone ?? found.timeZone;
  if (cron == null && everyMs == null) return { cron: found.cron, everyMs: found.everyMs, timeZone: zone };
  return { cron: cron ?? null, everyMs: everyMs ?? null, timeZone: zone };
}

/** Removes a schedule; the tasks that it asked for stay. Returns whether there was one. */
export async function removeSchedule(prisma: PrismaClient, name: string): Promise<boolean> {
  const { count } = await prisma.schedule.deleteMany({ where: { name } });
  return count === 1;
}

import type pg from 'pg';
import { z } from 'zod';
import { durableTransaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { NoSuchTiming, nextTick } from '#core/tasks/next-tick.ts';
import type { Queryable } from '#core/tasks/task.ts';

const dueSchedule = z.object({
  name: z.string(),
  kind: z.string(),
  data: z.unknown(),
  accountId: z.number().nullable(),
  cron: z.string().nullable(),
  everyMs: z.number().nullable(),
  timeZone: z.string(),
  nextAt: z.date(),
  now: z.date(),
});
type DueSchedule = z.infer<typeof dueSchedule>;

/**
 * Asks for the task of one schedule that is due and moves the schedule on, in one transaction: dying anywhere before
 * its commit leaves the tick to another worker, after it nobody sees it any more. SKIP LOCKED lets other workers take
 * other schedules. So there is one leader a tick and none beside it, and nobody has to be elected. Returns the id of
 * the task, to be published, or null when nothing is due.
 *
 * The key is the tick: a run that is not over when the next is due does not hold that one up.
 */
export async function tickOnce(pool: pg.Pool): Promise<number | null> {
  if (!(await isAnyDue(pool))) return null;
  // A tick whose commit a crash of Postgres took back would run a second time.
  return durableTransaction(pool, async (client) => {
    const schedule = await takeDue(client);
    if (!schedule) return null;
    const { name, kind, data, accountId, nextAt } = schedule;
    const [id = null] = await askTasks(client, [
      { kind, data, accountId: accountId ?? undefined, uniqueKey: `${name}@${nextAt.toISOString()}` },
    ]);
    await moveOn(client, schedule, id);
    return id;
  });
}

/** One way to the ledger instead of three, for the looks that find nothing, which are nearly all. */
async function isAnyDue(pool: pg.Pool): Promise<boolean> {
  const { due } = await readRow(pool, z.object({ due: z.boolean() }), {
    name: 'is-any-schedule-due',
    text: 'SELECT EXISTS (SELECT FROM schedule WHERE enabled AND next_at <= statement_timestamp()) AS due',
  });
  return due;
}

async function takeDue(client: Queryable): Promise<DueSchedule | undefined> {
  const [schedule] = await readRows(client, dueSchedule, {
    text: `
      SELECT name, kind, data, account_id AS "accountId", cron, every_ms AS "everyMs", time_zone AS "timeZone",
        next_at AS "nextAt", clock_timestamp() AS now
      FROM schedule WHERE enabled AND next_at <= statement_timestamp()
      ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
  });
  return schedule;
}

async function moveOn(client: Queryable, schedule: DueSchedule, taskId: number | null): Promise<void> {
  const next = nextOf(schedule);
  await client.query(
    `UPDATE schedule SET last_at = next_at, last_task_id = $2, enabled = $3::timestamptz IS NOT NULL,
       next_at = coalesce($3, next_at) WHERE name = $1`,
    [schedule.name, taskId, next?.toISOString() ?? null],
  );
}

/** Null when its last time has come, as of an expression that names a year: it is disabled. */
function nextOf(schedule: DueSchedule): Date | null {
  try {
    return nextTick(schedule, schedule.nextAt, schedule.now);
  } catch (error) {
    if (error instanceof NoSuchTiming) return null;
    throw error;
  }
}

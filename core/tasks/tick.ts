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
  /** True while the task of the tick before is not over. */
  isBusy: z.boolean(),
});
type DueSchedule = z.infer<typeof dueSchedule>;

/** `asked`: the task is to be published. `skipped`: the task of the tick before is not over. `none`: no schedule is due. */
export type Tick = { outcome: 'asked'; taskId: number } | { outcome: 'skipped' } | { outcome: 'none' };

/**
 * Asks for the task of one schedule that is due, and moves the schedule on, in one transaction. If the process dies before
 * the commit, the tick is left to another worker; after the commit nobody sees it any more. SKIP LOCKED lets other workers
 * take other schedules. So each tick has exactly one leader, and nobody has to be elected.
 *
 * While the task of the tick before waits or runs, a tick is skipped and counted. Otherwise tasks that take longer than
 * their interval would pile up for ever.
 */
export async function tickOnce(pool: pg.Pool): Promise<Tick> {
  if (!(await isAnyDue(pool))) return { outcome: 'none' };
  // A tick whose commit a crash of Postgres took back would run a second time.
  return durableTransaction(pool, async (client) => {
    const schedule = await takeDue(client);
    if (!schedule) return { outcome: 'none' };
    const taskId = schedule.isBusy ? null : await ask(client, schedule);
    await moveOn(client, schedule, taskId);
    return taskId === null ? { outcome: 'skipped' } : { outcome: 'asked', taskId };
  });
}

/** The unique key names the tick, so that one can see which tick a task belongs to. */
async function ask(client: Queryable, schedule: DueSchedule): Promise<number> {
  const { name, kind, data, accountId, nextAt } = schedule;
  const uniqueKey = `${name}@${nextAt.toISOString()}`;
  const [id] = await askTasks(client, [{ kind, data, accountId: accountId ?? undefined, uniqueKey }]);
  if (id === undefined) throw new Error('Expected the id of one task, got none');
  return id;
}

/** Nearly every look finds nothing: then this one query replaces a transaction of three. */
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
        next_at AS "nextAt", clock_timestamp() AS now,
        EXISTS (SELECT FROM task t WHERE t.id = last_task_id AND t.finished_at IS NULL) AS "isBusy"
      FROM schedule WHERE enabled AND next_at <= statement_timestamp()
      ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
  });
  return schedule;
}

/** Null as `taskId` means that the tick was skipped: then the last task stays the same. */
async function moveOn(client: Queryable, schedule: DueSchedule, taskId: number | null): Promise<void> {
  const next = nextOf(schedule);
  await client.query(
    `UPDATE schedule SET last_at = CASE WHEN $2::bigint IS NULL THEN last_at ELSE next_at END,
       last_task_id = coalesce($2, last_task_id), skipped = skipped + CASE WHEN $2 IS NULL THEN 1 ELSE 0 END,
       enabled = $3::timestamptz IS NOT NULL, next_at = coalesce($3, next_at) WHERE name = $1`,
    [schedule.name, taskId, next?.toISOString() ?? null],
  );
}

/** Null when there is no further time, as with an expression that names a year. The schedule is disabled then. */
function nextOf(schedule: DueSchedule): Date | null {
  try {
    return nextTick(schedule, schedule.nextAt, schedule.now);
  } catch (error) {
    if (error instanceof NoSuchTiming) return null;
    throw error;
  }
}

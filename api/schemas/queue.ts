import { z } from '@hono/zod-openapi';
import { count, id, time } from '#api/schemas/common.ts';
import type { Pause } from '#core/admission/pause.ts';
import { QUEUES } from '#core/messages.ts';
import type { DeadTask } from '#core/tasks/dead.ts';
import type { Schedule } from '#core/tasks/schedules.ts';
import { type Member, PRIORITIES, TASK_STATES, type Task } from '#core/tasks/task.ts';

/** Tasks, schedules and the queue as answers show them, held to the types of core. */

const taskFields = z.object({
  id,
  kind: z.string(),
  data: z.unknown(),
  accountId: id.nullable(),
  state: z.enum(TASK_STATES),
  priority: z.enum(PRIORITIES),
  dueAt: time,
  attempts: count,
  failures: count,
  worker: z.string().nullable(),
  progress: z.object({ done: z.number(), total: z.number(), unit: z.string() }).nullable(),
  result: z.unknown(),
  error: z.string().nullable(),
  cancelRequested: z.boolean(),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  expiresAt: time.nullable(),
  parentId: id.nullable(),
  step: count,
  children: count,
  childrenDone: count,
  childrenFailed: count,
  now: time,
});

/** A task of a composition. */
const member = taskFields
  .pick({
    ...{ id: true, kind: true, data: true, state: true, step: true },
    ...{ attempts: true, worker: true, progress: true, error: true },
  })
  .meta({ id: 'Member' }) satisfies z.ZodType<Member>;

export const task = taskFields
  .extend({ members: z.array(member).meta({ description: 'Of a composition, such as an archive' }) })
  .meta({ id: 'Task' }) satisfies z.ZodType<Task>;

export const schedule = z
  .object({
    name: z.string(),
    kind: z.string(),
    data: z.unknown(),
    accountId: id.nullable(),
    cron: z.string().nullable(),
    everyMs: z.int().nullable(),
    timeZone: z.string(),
    enabled: z.boolean(),
    nextAt: time,
    lastAt: time.nullable(),
    lastTaskId: id.nullable(),
    skipped: count,
  })
  .meta({ id: 'Schedule' }) satisfies z.ZodType<Schedule>;

export const pause = z
  .object({ paused: z.boolean(), since: time })
  .meta({ id: 'Pause' }) satisfies z.ZodType<Pause>;

/** A task that was given up: a dead letter that the ledger keeps. */
export const deadTask = z
  .object({
    id,
    kind: z.string(),
    handle: z.string().nullable(),
    error: z.string(),
    attempts: count,
    failedAt: time,
  })
  .meta({ id: 'DeadTask' }) satisfies z.ZodType<DeadTask>;

/** Messages of one queue. */
export const jobs = z.object({ waiting: count, inFlight: count, dead: count });

export const queueName = z.enum(QUEUES);

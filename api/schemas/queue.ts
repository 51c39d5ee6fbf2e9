import { z } from '@hono/zod-openapi';
import { count, id, time } from '#api/schemas/common.ts';
import type { Pause } from '#core/admission/pause.ts';
import { QUEUES } from '#core/messages.ts';
import type { DeadTask } from '#core/tasks/dead.ts';
import type { Schedule } from '#core/tasks/schedules.ts';
import { type Member, PRIORITIES, TASK_STATES, type Task } from '#core/tasks/task.ts';
import type { Loss } from '#core/timelines/recognise.ts';

/** Tasks, schedules and the queue as answers show them, held to the types of core. */

/** These are not for everybody: api/visible-tasks.ts says for whom. */
type Hidden = 'data' | 'error' | 'worker' | 'result' | 'accountId';

/** What everybody may see of a task of a composition. */
export const publicMember = z.object({
  id,
  kind: z.string(),
  state: z.enum(TASK_STATES),
  step: count,
  attempts: count,
  progress: z.object({ done: z.number(), total: z.number(), unit: z.string() }).nullable(),
}) satisfies z.ZodType<Omit<Member, Hidden>>;

/** What everybody may see of a task, its members aside. */
export const publicTask = publicMember.extend({
  priority: z.enum(PRIORITIES),
  dueAt: time,
  failures: count,
  cancelRequested: z.boolean(),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  expiresAt: time.nullable(),
  parentId: id.nullable(),
  children: count,
  childrenDone: count,
  childrenFailed: count,
  now: time,
}) satisfies z.ZodType<Omit<Task, Hidden | 'members'>>;

const ASKER = 'Absent for all but who asked; the system’s own is for everybody';
const ASKER_OR_OPERATOR = 'Absent for all but who asked and operators';
const OPERATOR = 'Absent for all but operators';

const hidden = {
  data: z.unknown().optional().meta({ description: ASKER }),
  error: z.string().nullable().optional().meta({ description: ASKER_OR_OPERATOR }),
  worker: z.string().nullable().optional().meta({ description: OPERATOR }),
};

const member = publicMember.extend(hidden).meta({ id: 'Member' });

export const task = publicTask
  .extend({
    ...hidden,
    result: z.unknown().optional().meta({ description: ASKER }),
    accountId: id
      .nullable()
      .optional()
      .meta({
        description: `Who asked; null: the system itself. ${ASKER_OR_OPERATOR}`,
      }),
    members: z.array(member).meta({ description: 'Of a composition, such as an archive' }),
  })
  .meta({ id: 'Task' });

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

/** What the last restore of Postgres has lost: tweets with ids above `after`, up to `to`. */
export const loss = z.object({ after: id, to: id, at: time }).meta({ id: 'Loss' }) satisfies z.ZodType<Loss>;

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

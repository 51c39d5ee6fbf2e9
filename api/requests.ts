import { z } from 'zod';
import { QUEUES } from '#core/messages.ts';
import { TASK_STATES } from '#core/tasks/task.ts';
import { MAX_GRAPHEMES, tweetTextProblem } from '#core/tweets/tweet-text.ts';

/** What requests must look like: validated by these, documented from these. */

const text = z
  .string({
    error: (issue) => `Expected text of 1 to ${MAX_GRAPHEMES} characters, got ${typeof issue.input}`,
  })
  .superRefine((value, context) => {
    const problem = tweetTextProblem(value);
    if (problem) context.addIssue(problem);
  });

/** Whether it is ahead is asked later: the same request with the same key may come again when it is not any more. */
export const scheduledFor = z.iso
  .datetime({
    offset: true,
    error: 'Expected a date and time with its zone, such as 2027-01-31T18:00:00+01:00',
  })
  .describe('When to post it; at once without. At most a year ahead');

export const postTweetRequest = z.strictObject({ text, scheduledFor: scheduledFor.optional() });

/** A change of a scheduled tweet. */
export const editTaskRequest = z
  .strictObject({ text: text.optional(), scheduledFor: scheduledFor.optional() })
  .refine((change) => change.text !== undefined || change.scheduledFor !== undefined, {
    error: 'Expected a text or a scheduledFor',
  });

/** Background work that an account may ask for. */
export const askTaskRequest = z.strictObject({
  kind: z.enum(['archive', 'suggestions'], { error: 'Expected archive or suggestions' }),
});

export const tasksRequest = z.object({
  scope: z.enum(['mine', 'all'], { error: 'Expected mine or all' }).default('mine'),
  kind: z.string().max(60).optional(),
  state: z.enum(TASK_STATES, { error: `Expected one of ${TASK_STATES.join(', ')}` }).optional(),
  limit: z.coerce.number({ error: 'Expected 1 to 100' }).int('Expected 1 to 100').min(1).max(100).default(50),
  before: z.coerce
    .number({ error: 'Expected the id of a task' })
    .int('Expected the id of a task')
    .positive('Expected the id of a task')
    .optional(),
});

const timing = {
  cron: z.string({ error: 'Expected a cron expression' }).max(100).optional(),
  everyMs: z.int({ error: 'Expected a whole number of milliseconds' }).optional(),
  timeZone: z.string({ error: 'Expected a time zone such as Europe/Berlin' }).max(60).optional(),
};

/** Either `cron` or `everyMs`; the zone is UTC without. Of the kinds that nobody has to be asked for. */
export const addScheduleRequest = z.strictObject({
  name: z
    .string({ error: 'Expected a name' })
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'Expected 1 to 40 of a-z, 0-9 and -'),
  kind: z.enum(['trends'], { error: 'Expected trends' }),
  ...timing,
});

export const changeScheduleRequest = z.strictObject({
  ...timing,
  enabled: z.boolean({ error: 'Expected true or false' }).optional(),
});

const handle = z
  .string({ error: 'Expected the handle of a demo account' })
  .regex(/^[a-z0-9_]{3,15}$/, 'Expected 3 to 15 of a-z, 0-9 and _');

/** One dead task; all that are meant without. */
const deadTask = z.int({ error: 'Expected the id of a task' }).positive().optional();
const isOfTasks = ({ queue, task }: { queue: string; task?: number | undefined }) =>
  task === undefined || queue === 'task';
const ONLY_OF_TASKS = { path: ['task'], error: 'Expected a task for the queue task only' };

export const retryDeadLettersRequest = z
  .strictObject({ queue: z.enum(QUEUES), error: z.string().min(1).max(500).optional(), task: deadTask })
  .refine(({ queue, error }) => error === undefined || queue === 'delivery' || queue === 'task', {
    path: ['error'],
    error: 'Expected an error for the queues delivery and task only: the ledger knows what those died of',
  })
  .refine(isOfTasks, ONLY_OF_TASKS);

export const discardDeadLettersRequest = z
  .strictObject({ queue: z.enum(QUEUES), error: z.string().max(500).optional(), task: deadTask })
  .refine(isOfTasks, ONLY_OF_TASKS);

export const pauseRequest = z.strictObject({
  paused: z.boolean({ error: 'Expected true to pause deliveries, false to let them go on' }),
});

export const sessionRequest = z.strictObject({ handle });

/** Printable ASCII, so that it is the same in every header encoding. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{8,128}$/, 'Expected 8 to 128 printable ASCII characters, a UUID for example');

export const tweetId = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);

export const pageRequest = z.object({
  cursor: z.string().optional(),
  limit: z.coerce
    .number({ error: 'Expected a number from 1 to 100' })
    .int('Expected a whole number from 1 to 100')
    .min(1, 'Expected 1 to 100')
    .max(100, 'Expected 1 to 100')
    .default(20),
});

export const limitRequest = z.object({
  limit: z.coerce
    .number({ error: 'Expected a number from 1 to 20' })
    .int('Expected a whole number from 1 to 20')
    .min(1, 'Expected 1 to 20')
    .max(20, 'Expected 1 to 20')
    .default(10),
});

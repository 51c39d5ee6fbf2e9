import { createRoute, z } from '@hono/zod-openapi';
import { diedOf, dropDeadTasks, retryDeadTasks } from '#api/dead-letters.ts';
import { handOverChunks, handOverTasks } from '#api/hand-over.ts';
import { moreForOperators, seesInternals } from '#api/internals.ts';
import { readQueue as readFigures } from '#api/queue-figures.ts';
import type { Web } from '#api/root.ts';
import { body, json, notAnOperator, operatorOnly, problems, router, signedIn } from '#api/router.ts';
import { deadTask, jobs, loss, pause, queueName } from '#api/schemas/queue.ts';
import { storable } from '#api/schemas/requests.ts';
import type { SessionAccount } from '#api/session.ts';
import { isOperator } from '#core/accounts/operators.ts';
import { setPaused } from '#core/admission/pause.ts';
import { retryAllFailed } from '#core/ledger/retry-failed.ts';
import { QUEUES } from '#core/messages.ts';
import { readDeadTasks } from '#core/tasks/dead.ts';
import { readTask } from '#core/tasks/read-tasks.ts';

const readQueue = createRoute({
  method: 'get',
  path: '/api/queue',
  summary: 'Deliveries, jobs and workers; for operators also what was given up',
  ...moreForOperators,
  responses: {
    200: json(
      z.object({
        deliveries: z.object({
          backlog: z.int(),
          taken: z.int(),
          limit: z.int(),
          rate: z.number().nullable(),
        }),
        fanOuts: z.object({ unfinished: z.int() }),
        jobs: z.record(queueName, jobs.nullable()),
        deadTasks: z.array(deadTask).optional().meta({ description: 'Absent for all but operators' }),
        workers: z.int(),
        pause,
        loss: loss.nullable(),
        at: z.string(),
      }),
      'Deliveries from the ledger, jobs from the broker; null where the broker is away',
    ),
    ...problems(403, 503),
  },
});

const pauseDeliveries = createRoute({
  method: 'put',
  path: '/api/pause',
  summary:
    'Pauses deliveries, or lets them go on; workers obey within 2 s, and tweets are accepted meanwhile',
  ...operatorOnly,
  request: {
    body: body(
      z.strictObject({
        paused: z.boolean({ error: 'Expected true to pause deliveries, false to let them go on' }),
      }),
    ),
  },
  responses: {
    200: json(pause, 'Whether they are paused, and since when it is so'),
    ...problems(400, 401, 403, 408, 413, 503),
  },
});

/** One dead task; all that are meant without. */
const deadTaskId = z.int({ error: 'Expected the id of a task' }).positive().optional();
const isOfTasks = ({ queue, task }: { queue: string; task?: number | undefined }) =>
  task === undefined || queue === 'task';
const ONLY_OF_TASKS = { path: ['task'], error: 'Expected a task for the queue task only' };

const retryDeadLetters = createRoute({
  method: 'post',
  path: '/api/dead-letters/retry',
  summary:
    'Retries one own task; for operators also any task, all of a queue, or the chunks or tasks that died of one error',
  ...signedIn,
  request: {
    body: body(
      z
        .strictObject({
          queue: z.enum(QUEUES),
          error: storable(z.string().min(1).max(500)).optional(),
          task: deadTaskId,
        })
        .refine(({ queue, error }) => error === undefined || queue === 'delivery' || queue === 'task', {
          path: ['error'],
          error:
            'Expected an error for the queues delivery and task only: the ledger knows what those died of',
        })
        .refine(isOfTasks, ONLY_OF_TASKS),
    ),
  },
  responses: {
    202: json(
      z.object({ chunks: z.int(), messages: z.int(), tasks: z.int() }),
      'Chunks and tasks that have another chance in the ledger, and messages put back',
    ),
    ...problems(400, 401, 403, 408, 413, 503),
  },
});

/**
 * What the ledger knows of them stays: a chunk that failed can still be retried on its delivery page, a task stands
 * there as cancelled.
 */
const discardDeadLetters = createRoute({
  method: 'post',
  path: '/api/dead-letters/discard',
  summary:
    'Drops one own task for good; for operators also any task, all of a queue, or those that died of one error',
  ...signedIn,
  request: {
    body: body(
      z
        .strictObject({
          queue: z.enum(QUEUES),
          error: storable(z.string().max(500)).optional(),
          task: deadTaskId,
        })
        .refine(isOfTasks, ONLY_OF_TASKS),
    ),
  },
  responses: {
    200: json(
      z.object({ messages: z.int(), tasks: z.int() }),
      'Messages that the broker has dropped, and tasks that nobody runs again',
    ),
    ...problems(400, 401, 403, 408, 413, 503),
  },
});

const DEAD_TASKS = 100;

/** What is one's own task is one's own to retry or discard; whole queues and errors are everybody's. */
async function requireOwnOrOperator(web: Web, account: SessionAccount, task: number | undefined) {
  if (isOperator(web.config, account)) return;
  const found = task === undefined ? null : await readTask(web, task);
  if (found?.accountId !== account.id) throw notAnOperator(web, account);
}

/** The queue: its figures, its pause, and what was given up. */
export const queue = router('Queue')
  .openapi(readQueue, async (c) => {
    const sees = await seesInternals(c);
    const [figures, deadTasks] = await Promise.all([
      readFigures(c.env.web),
      sees ? readDeadTasks(c.env.web.pool, DEAD_TASKS) : undefined,
    ]);
    return c.json({ ...figures, ...(deadTasks && { deadTasks }) }, 200);
  })
  .openapi(pauseDeliveries, async (c) =>
    c.json(await setPaused(c.env.web.pool, c.req.valid('json').paused), 200),
  )
  .openapi(retryDeadLetters, async (c) => {
    const { web } = c.env;
    const { queue: name, error, task } = c.req.valid('json');
    await requireOwnOrOperator(web, c.var.account, task);
    // The ledger first, or the messages would come back to chunks that are given up and be ignored.
    const retried = name === 'delivery' ? await retryAllFailed(web.pool, error ?? null) : [];
    const tasks = name === 'task' ? await retryDeadTasks(web, { id: task, error }) : [];
    const messages = error === undefined && task === undefined ? await web.broker.redrive(name) : 0;
    for (const { tweetId, numbers } of retried) await handOverChunks(web, tweetId, numbers);
    const chunks = retried.reduce((sum, { numbers }) => sum + numbers.length, 0);
    web.afterAnswer.run(() => handOverTasks(web, tasks));
    return c.json({ chunks, messages, tasks: tasks.length }, 202);
  })
  .openapi(discardDeadLetters, async (c) => {
    const { web } = c.env;
    const { queue: name, error, task } = c.req.valid('json');
    await requireOwnOrOperator(web, c.var.account, task);
    const messages = task === undefined ? await web.broker.discard(name, diedOf(error)) : 0;
    const tasks = name === 'task' ? await dropDeadTasks(web, { id: task, error }) : 0;
    return c.json({ messages, tasks }, 200);
  });

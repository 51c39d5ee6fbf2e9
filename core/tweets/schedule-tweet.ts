import type pg from 'pg';
import { z } from 'zod';
import { holdQuota, OverQuota, type Quotas } from '#core/admission/quotas.ts';
import { DAY } from '#core/durations.ts';
import { type Database, transaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import type { Task } from '#core/tasks/task.ts';
import { fingerprintOf, type KeyOf, type NewTweet } from '#core/tweets/post-statement.ts';
import { scheduleTimeProblem } from '#core/tweets/schedule-time.ts';

/** The kind of a task that posts a tweet when it is due. */
export const TWEET_TASK = 'tweet';

/** Begins the idempotency key of the tweet that a task posts. It has a space, which no key of a client can have. */
export const TASK_KEY = 'task ';

/** The data of such a task. The tweet's time is the task's `dueAt`. `app` is what asked for it, unless that was our own page. */
export const tweetTaskData = z.strictObject({
  text: z.string(),
  app: z.strictObject({ name: z.string(), website: z.string().nullable() }).optional(),
});

export type TweetToSchedule = NewTweet & { scheduledFor: Date };

/**
 * A closed set. `scheduled`: once, or replayed. `in progress`: the same key is being answered elsewhere. `mismatch`: the key
 * was used for another body. `no such time`: nobody can post at that time.
 */
export type ScheduleOutcome =
  | { outcome: 'scheduled'; replayed: boolean; task: Task }
  | { outcome: 'in progress' }
  | { outcome: 'mismatch' }
  | { outcome: 'no such time'; message: string };

const KEEP = 7 * DAY; // after its time that the task can be looked up

/**
 * Writes key and task in one transaction. Nothing is promised to followers before the tweet's time: it is posted then, to
 * those who follow then. For 24 h the same key gets the same task, also when the task was changed meanwhile. The task is read
 * after the commit. A process that dies in between has answered nobody, and the same key finds the task. Throws
 * {@link OverQuota} when the account has too many.
 */
export async function scheduleTweet(
  database: Database,
  draft: TweetToSchedule,
  quotas: Pick<Quotas, 'scheduledTweets'>,
): Promise<ScheduleOutcome> {
  const written = await transaction(database.pool, (client) => write(client, draft, quotas.scheduledTweets));
  if (written.outcome !== 'written') return written;
  const task = await readTask(database, written.taskId);
  if (!task) throw new Error(`Expected task ${written.taskId} to be kept for as long as its key, found none`);
  return { outcome: 'scheduled', replayed: written.replayed, task };
}

type Written =
  | { outcome: 'written'; replayed: boolean; taskId: number }
  | Exclude<ScheduleOutcome, { outcome: 'scheduled' }>;

/** What a key was used for: a tweet, or a task that posts one later. */
const usedKey = z.object({
  fingerprint: z.string(),
  tweetId: z.number().nullable(),
  taskId: z.number().nullable(),
});
type UsedKey = z.infer<typeof usedKey>;

async function write(client: pg.PoolClient, draft: TweetToSchedule, most: number): Promise<Written> {
  const { text, app, scheduledFor } = draft;
  const fingerprint = fingerprintOf({ text, app, scheduledFor: scheduledFor.toISOString() });
  if (!(await lockKey(client, draft))) return { outcome: 'in progress' };
  const used = await findKey(client, draft);
  if (used && (used.fingerprint !== fingerprint || used.taskId === null)) return { outcome: 'mismatch' };
  if (used?.taskId) return { outcome: 'written', replayed: true, taskId: used.taskId };
  const message = scheduleTimeProblem(draft.scheduledFor);
  if (message) return { outcome: 'no such time', message };
  await checkQuota(client, draft.authorId, most);
  return { outcome: 'written', replayed: false, taskId: await ask(client, draft, fingerprint) };
}

/** Locks the key until the transaction ends. False when somebody else has it and is answering it right now. */
async function lockKey(client: pg.PoolClient, { authorId, idempotencyKey }: KeyOf): Promise<boolean> {
  const { locked } = await readRow(client, z.object({ locked: z.boolean() }), {
    text: 'SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS locked',
    values: [authorId, idempotencyKey],
  });
  return locked;
}

/** What the key was used for within the last 24 h. */
async function findKey(
  client: pg.PoolClient,
  { authorId, idempotencyKey }: KeyOf,
): Promise<UsedKey | undefined> {
  const [used] = await readRows(client, usedKey, {
    text: `
      SELECT fingerprint, tweet_id AS "tweetId", task_id AS "taskId"
      FROM idempotency_key WHERE account_id = $1 AND key = $2`,
    values: [authorId, idempotencyKey],
  });
  return used;
}

const notPosted = z.object({ waiting: z.int(), cancelled: z.int(), waitS: z.number().nullable() });

/**
 * Throws when the account has as many tweets as it may that are not posted: waiting, running or failed, because a failed one
 * can be retried. Cancelled ones are kept for a day, as long as their keys, and have a bound of their own. Otherwise an
 * account could write rows without end by cancelling.
 */
async function checkQuota(client: pg.PoolClient, accountId: number, most: number): Promise<void> {
  await holdQuota(client, accountId);
  const { waiting, cancelled, waitS } = await readRow(client, notPosted, {
    text: `
      SELECT count(*) FILTER (WHERE state <> 'cancelled')::int AS waiting,
        count(*) FILTER (WHERE state = 'cancelled')::int AS cancelled,
        extract(epoch FROM min(expires_at) FILTER (WHERE state = 'cancelled') - clock_timestamp())::float8 AS "waitS"
      FROM task WHERE account_id = $1 AND kind = '${TWEET_TASK}' AND state <> 'succeeded'
        AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
    values: [accountId],
  });
  if (waiting >= most) throw new OverQuota({ what: 'scheduled tweets', most, used: waiting }, null);
  if (cancelled >= most) throw new OverQuota({ what: 'cancelled tweets', most, used: cancelled }, waitS);
}

async function ask(client: pg.PoolClient, draft: TweetToSchedule, fingerprint: string): Promise<number> {
  const { authorId, text, app, idempotencyKey, scheduledFor } = draft;
  const [taskId] = await askTasks(client, [
    // It goes before other tasks that are due, because somebody chose this second.
    {
      kind: TWEET_TASK,
      data: { text, ...(app && { app }) },
      accountId: authorId,
      dueAt: scheduledFor,
      priority: 'high',
      keepMs: KEEP,
    },
  ]);
  if (taskId === undefined) throw new Error('Expected the id of one task, got none');
  await client.query(
    'INSERT INTO idempotency_key (account_id, key, fingerprint, task_id) VALUES ($1, $2, $3, $4)',
    [authorId, idempotencyKey, fingerprint, taskId],
  );
  return taskId;
}

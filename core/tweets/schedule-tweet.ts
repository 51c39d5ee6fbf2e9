import type pg from 'pg';
import { z } from 'zod';
import { type Database, transaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import type { Task } from '#core/tasks/task.ts';
import { fingerprintOf, type KeyOf } from '#core/tweets/post-statement.ts';
import type { NewTweet } from '#core/tweets/post-tweet.ts';
import { scheduleTimeProblem } from '#core/tweets/schedule-time.ts';

/** The kind of a task that posts a tweet when it is due. */
export const TWEET_TASK = 'tweet';

/** Begins the idempotency key of the tweet that a task posts. It has a space, which no key of a client can have. */
export const TASK_KEY = 'task ';

/** The data of such a task; its time is the task's `dueAt`. */
export const tweetTaskData = z.strictObject({ text: z.string() });

export type TweetToSchedule = NewTweet & { scheduledFor: Date };

/**
 * A closed set: `scheduled` once or replayed, the same key `in progress` elsewhere, the key used for another body
 * (`mismatch`), `no such time` to post at, or `too many` of the account wait already.
 */
export type ScheduleOutcome =
  | { outcome: 'scheduled'; replayed: boolean; task: Task }
  | { outcome: 'in progress' }
  | { outcome: 'mismatch' }
  | { outcome: 'no such time'; message: string }
  | { outcome: 'too many' };

/** Scheduled tweets of one account that may wait at once. */
export const MOST_SCHEDULED = 1_000;

const KEEP = 7 * 24 * 60 * 60 * 1_000; // ms after its time that the task can be looked up

/**
 * Writes key and task in one transaction. Nothing is promised to followers before its time: the tweet is posted then,
 * with the followers of then. The same key again gets the same task, for 24 h, also when it was changed meanwhile.
 * The task is read after the commit: whoever dies in between has answered nobody, and the same key finds the task.
 */
export async function scheduleTweet(database: Database, draft: TweetToSchedule): Promise<ScheduleOutcome> {
  const written = await transaction(database.pool, (client) => write(client, draft));
  if (written.outcome !== 'written') return written;
  const task = await readTask(database, written.taskId);
  if (!task) throw new Error(`Expected task ${written.taskId} to be kept for as long as its key, found none`);
  return { outcome: 'scheduled', replayed: written.replayed, task };
}

type Written =
  | { outcome: 'written'; replayed: boolean; taskId: number }
  | Exclude<ScheduleOutcome, { outcome: 'scheduled' }>;

/** What a key stands for: a tweet, or the task that is to post one. */
const usedKey = z.object({
  fingerprint: z.string(),
  tweetId: z.number().nullable(),
  taskId: z.number().nullable(),
});
type UsedKey = z.infer<typeof usedKey>;

async function write(client: pg.PoolClient, draft: TweetToSchedule): Promise<Written> {
  const fingerprint = fingerprintOf({ text: draft.text, scheduledFor: draft.scheduledFor.toISOString() });
  if (!(await lockKey(client, draft))) return { outcome: 'in progress' };
  const used = await findKey(client, draft);
  if (used && (used.fingerprint !== fingerprint || used.taskId === null)) return { outcome: 'mismatch' };
  if (used?.taskId) return { outcome: 'written', replayed: true, taskId: used.taskId };
  const message = scheduleTimeProblem(draft.scheduledFor);
  if (message) return { outcome: 'no such time', message };
  if (await hasTooMany(client, draft.authorId)) return { outcome: 'too many' };
  return { outcome: 'written', replayed: false, taskId: await ask(client, draft, fingerprint) };
}

/** Holds the key until the transaction ends; false when somebody else has it, which is answering it right now. */
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

async function hasTooMany(client: pg.PoolClient, authorId: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM task WHERE account_id = $1 AND kind = $2 AND state = 'waiting' LIMIT $3`,
    [authorId, TWEET_TASK, MOST_SCHEDULED],
  );
  return rowCount === MOST_SCHEDULED;
}

async function ask(client: pg.PoolClient, draft: TweetToSchedule, fingerprint: string): Promise<number> {
  const { authorId, text, idempotencyKey, scheduledFor } = draft;
  const [taskId] = await askTasks(client, [
    // Before others that are due: somebody chose this second.
    {
      kind: TWEET_TASK,
      data: { text },
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

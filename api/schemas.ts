import { z } from '@hono/zod-openapi';
import type { Account } from '#core/accounts/accounts.ts';
import type { Pause } from '#core/admission/pause.ts';
import type { Audit } from '#core/audit/audit.ts';
import type { ChunkRecord } from '#core/ledger/chunks.ts';
import type { Delivery } from '#core/ledger/delivery.ts';
import { QUEUES } from '#core/messages.ts';
import type { SuggestedAccount } from '#core/suggestions/suggestions.ts';
import type { DeadTask } from '#core/tasks/dead.ts';
import type { Schedule } from '#core/tasks/schedules.ts';
import { type Member, PRIORITIES, TASK_STATES, type Task } from '#core/tasks/task.ts';
import type { Trend } from '#core/trends/trends.ts';
import type { Author, Tweet } from '#core/tweets/tweet.ts';
import { MAX_GRAPHEMES, tweetTextProblem } from '#core/tweets/tweet-text.ts';

/**
 * The shapes that more than one endpoint takes or answers. `satisfies` holds them to the types of core, so that neither
 * can change without the other. Times are ISO 8601 UTC.
 */

const count = z.int().nonnegative();
const id = z.int().positive();
const time = z.string();

/** A shape with a name of its own, or null: `nullable` would describe it as a named one that is null, which nothing is. */
export const orNull = <S extends z.ZodType>(schema: S) => z.union([schema, z.null()]);

/** RFC 9457. `errors` names each field that is not as expected; some problems carry further figures. */
export const problem = z
  .looseObject({
    type: z
      .string()
      .meta({ description: 'A page of this application that says what happened and what to do' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

/** A demo account, as the switcher shows it. */
export const account = z
  .object({
    id,
    handle: z.string(),
    name: z.string(),
    bio: z.string(),
    followerCount: count,
    followingCount: count,
    role: z.string().meta({ description: 'What the account stands for: ordinary, popular, celebrity, …' }),
  })
  .meta({ id: 'Account' }) satisfies z.ZodType<Account>;

/** The accounts that a session holds, and which of them acts for requests without `X-Account`. */
export const sessionView = z.object({ accounts: z.array(account), acting: orNull(account) });

export const userView = account.extend({ followedByMe: z.boolean() });

const author = z.object({ id, handle: z.string(), name: z.string() }) satisfies z.ZodType<Author>;

export const tweet = z
  .object({ id, author, text: z.string(), createdAt: time })
  .meta({ id: 'Tweet' }) satisfies z.ZodType<Tweet>;

/** A page of tweets. */
export const timelinePage = z
  .object({
    tweets: z.array(tweet),
    nextCursor: z.string().nullable(),
    source: z.enum(['timeline', 'postgres']).meta({
      description:
        'Where the ids came from: the timeline, or Postgres because the timeline store is away or this page lies below its floor',
    }),
  })
  .meta({ id: 'TimelinePage' });

export const delivery = z
  .object({
    tweetId: id,
    authorId: id,
    state: z.enum(['waiting', 'delivering', 'delivered', 'failed', 'cancelled']),
    expected: count.meta({ description: 'Followers when the tweet was accepted' }),
    delivered: count.meta({ description: 'Entries that are in timelines' }),
    cold: count.meta({ description: 'Timelines that did not exist: rebuilt when their owners read' }),
    gone: count.meta({ description: 'Unfollowed before their chunk came' }),
    chunks: count,
    chunksDone: count,
    chunksFailed: count,
    redeliveries: count,
    acceptedAt: time,
    publishedAt: time.nullable(),
    startedAt: time.nullable(),
    plannedAt: time.nullable(),
    firstAt: time.nullable(),
    medianAt: time.nullable(),
    finishedAt: time.nullable(),
    now: time.meta({ description: 'The database’s clock when this was read' }),
  })
  .meta({ id: 'Delivery' }) satisfies z.ZodType<Delivery>;

export const chunk = z
  .object({
    number: count,
    state: z.enum(['waiting', 'in flight', 'delivered', 'failed']),
    fromId: z.int(),
    toId: z.int(),
    expected: count,
    delivered: count,
    cold: count,
    gone: count,
    attempts: count,
    redeliveries: count,
    worker: z.string().nullable(),
    error: z.string().nullable(),
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Chunk' }) satisfies z.ZodType<ChunkRecord>;

export const audit = z
  .object({
    tweetId: id,
    expected: count,
    present: count,
    cold: count,
    gone: count,
    missing: count,
    twice: count,
    examples: z.object({ missing: z.array(id), twice: z.array(id) }),
    ms: count,
    checkedAt: time,
  })
  .meta({ id: 'Audit' }) satisfies z.ZodType<Audit>;

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

const trend = z.object({ term: z.string(), tweets: count }) satisfies z.ZodType<Trend>;

/** Terms, and in how many tweets of the last `hours` each stands. */
export const trendsView = z.object({ trends: z.array(trend), countedAt: time.nullable(), hours: count });

const suggestedAccount = z.object({
  id,
  handle: z.string(),
  name: z.string(),
  followerCount: count,
  shared: count,
}) satisfies z.ZodType<SuggestedAccount>;

/** Whom an account might follow; `computedAt` is null before it was ever computed. */
export const suggestionsView = z.object({
  accounts: z.array(suggestedAccount),
  readers: count,
  computedAt: time.nullable(),
});

/** Messages of one queue. */
export const jobs = z.object({ waiting: count, inFlight: count, dead: count });

export const queueName = z.enum(QUEUES);

/** What a tweet may say. */
export const tweetText = z
  .string({
    error: (issue) => `Expected text of 1 to ${MAX_GRAPHEMES} characters, got ${typeof issue.input}`,
  })
  .superRefine((value, context) => {
    const found = tweetTextProblem(value);
    if (found) context.addIssue(found);
  });

/** Whether it is ahead is asked later: the same request with the same key may come again when it is not any more. */
export const scheduledFor = z.iso
  .datetime({
    offset: true,
    error: 'Expected a date and time with its zone, such as 2027-01-31T18:00:00+01:00',
  })
  .describe('When to post it; at once without. At most a year ahead');

/** Text that Postgres can take: it has no NUL. */
export const storable = (text: z.ZodString) =>
  text.refine((value) => !value.includes('\0'), { error: 'Expected text without a NUL character' });

/** The id of a tweet in a path. */
export const tweetId = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);

/** `?cursor=&limit=` */
export const pageQuery = z.object({
  cursor: z.string().optional(),
  limit: z.coerce
    .number({ error: 'Expected a number from 1 to 100' })
    .int('Expected a whole number from 1 to 100')
    .min(1, 'Expected 1 to 100')
    .max(100, 'Expected 1 to 100')
    .default(20),
});

/** `?limit=` of a short list. */
export const limitQuery = z.object({
  limit: z.coerce
    .number({ error: 'Expected a number from 1 to 20' })
    .int('Expected a whole number from 1 to 20')
    .min(1, 'Expected 1 to 20')
    .max(20, 'Expected 1 to 20')
    .default(10),
});

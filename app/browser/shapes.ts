import {
  array,
  config,
  discriminatedUnion,
  literal,
  looseObject,
  nullable,
  enum as oneOf,
  optional,
  record,
  type ZodMiniType,
  boolean as zBoolean,
  number as zNumber,
  object as zObject,
  string as zString,
  unknown as zUnknown,
} from 'zod/mini';
import type {
  AccountView,
  AuditView,
  AuthorView,
  ChunkView,
  ConsoleView,
  DeadLetterGroup,
  DeadTaskView,
  DeliveryView,
  DiscardedDeadLetters,
  HistogramView,
  JobsView,
  PauseView,
  PostedTweet,
  Problem,
  RetriedDeadLetters,
  ScheduledTweet,
  ScheduleView,
  SessionView,
  StatusView,
  StreamEvents,
  SuggestionsView,
  TaskList,
  TaskView,
  TimelinePage,
  TrendsView,
  TweetView,
  UserView,
} from '#api/contract.ts';

/**
 * What the browser expects of answers and events, checked when they come. The server has schemas of its own, with all
 * that its document needs; these are made of zod's small half, 8 KB in place of 93. They cannot differ from the
 * contract: `object` takes exactly the fields of its type, and fails to compile otherwise. The imports are named, because
 * the bundler keeps all of a namespace.
 */

// Zod would compile its checks with `new Function`. The page's Content Security Policy forbids that, and reports the try.
config({ jitless: true });

type Fields<T> = { [K in keyof T]-?: ZodMiniType<T[K]> };

const object = <T extends object>(fields: Fields<T>) => zObject(fields);

const number = zNumber();
const string = zString();
const boolean = zBoolean();
const text = nullable(string);
const figure = nullable(number);
const unknown = zUnknown();

/** RFC 9457; some problems carry further figures, which no page reads. */
export const problem = looseObject({
  ...{ type: string, title: string, status: number, detail: string },
  errors: optional(array(object<{ field: string; message: string }>({ field: string, message: string }))),
}) satisfies ZodMiniType<Problem>;

const person = {
  ...{ id: number, handle: string, name: string, bio: string, role: string },
  ...{ followerCount: number, followingCount: number },
};
const account = object<AccountView>(person);

export const session = object<SessionView>({ accounts: array(account), acting: nullable(account) });

export const user = object<UserView>({ ...person, followedByMe: boolean });

export const histogram = object<HistogramView>({
  followers: array(object<HistogramView['followers'][number]>({ from: number, people: number })),
});

const tweet = object<TweetView>({
  ...{ id: number, text: string, createdAt: string },
  author: object<AuthorView>({ id: number, handle: string, name: string }),
});

export const timelinePage = object<TimelinePage>({
  tweets: array(tweet),
  nextCursor: text,
  source: oneOf(['timeline', 'postgres']),
});

export const delivery = object<DeliveryView>({
  ...{ tweetId: number, authorId: number, expected: number, delivered: number, cold: number, gone: number },
  state: oneOf(['waiting', 'delivering', 'delivered', 'failed', 'cancelled']),
  ...{ chunks: number, chunksDone: number, chunksFailed: number, redeliveries: number },
  ...{ acceptedAt: string, publishedAt: text, startedAt: text, plannedAt: text },
  ...{ firstAt: text, medianAt: text, finishedAt: text, now: string },
});

export const postedTweet = object<PostedTweet>({ tweet, delivery });

const chunk = object<ChunkView>({
  ...{
    number,
    fromId: number,
    toId: number,
    expected: number,
    delivered: number,
    cold: number,
    gone: number,
  },
  state: oneOf(['waiting', 'in flight', 'delivered', 'failed']),
  ...{ attempts: number, redeliveries: number, worker: text, error: text, startedAt: text, finishedAt: text },
});

export const audit = object<AuditView>({
  ...{ tweetId: number, expected: number, present: number, cold: number, gone: number },
  ...{ missing: number, twice: number, ms: number, checkedAt: string },
  examples: object<AuditView['examples']>({ missing: array(number), twice: array(number) }),
});

const task = object<TaskView>({
  ...{ id: number, kind: string, data: unknown, accountId: figure },
  state: oneOf(['waiting', 'running', 'succeeded', 'failed', 'cancelled']),
  priority: oneOf(['low', 'normal', 'high']),
  ...{ dueAt: string, attempts: number, failures: number, worker: text, result: unknown, error: text },
  progress: nullable(
    object<NonNullable<TaskView['progress']>>({ done: number, total: number, unit: string }),
  ),
  ...{ cancelRequested: boolean, createdAt: string, startedAt: text, finishedAt: text, expiresAt: text },
  ...{ parentId: figure, step: number, children: number, childrenDone: number, childrenFailed: number },
  now: string,
});

export const oneTask = object<ScheduledTweet>({ task });
const tasks = array(task) satisfies ZodMiniType<TaskList['tasks']>;

const schedule = object<ScheduleView>({
  ...{ name: string, kind: string, data: unknown, accountId: figure, cron: text, everyMs: figure },
  ...{ timeZone: string, enabled: boolean, nextAt: string, lastAt: text, lastTaskId: figure },
});

export const oneSchedule = object<{ schedule: ScheduleView }>({ schedule });
export const schedules = object<StreamEvents['schedules']>({ schedules: array(schedule) });

export const trends = object<TrendsView>({
  trends: array(object<TrendsView['trends'][number]>({ term: string, tweets: number })),
  ...{ countedAt: text, hours: number },
});

export const suggestions = object<SuggestionsView>({
  accounts: array(
    object<SuggestionsView['accounts'][number]>({
      ...{ id: number, handle: string, name: string, followerCount: number, shared: number },
    }),
  ),
  ...{ readers: number, computedAt: text },
});

export const pause = object<PauseView>({ paused: boolean, since: string });

export const retriedChunks = object<{ chunks: number }>({ chunks: number });
export const retriedDeadLetters = object<RetriedDeadLetters>({
  ...{ chunks: number, messages: number, tasks: number },
});
export const discardedDeadLetters = object<DiscardedDeadLetters>({ messages: number, tasks: number });

const health = oneOf(['ok', 'away']);

const status = object<StatusView>({
  ...{ workers: figure, queue: health, timelines: health, postgres: health, unfinished: figure },
  ...{ pause: nullable(pause), at: string },
});

const queueName = oneOf(['fan-out', 'delivery', 'task', 'urgent']);
const percentiles = nullable(
  object<NonNullable<ConsoleView['waits']['wait']>>({ p50: number, p95: number, p99: number }),
);
type WorkerView = ConsoleView['workers'][number];

const littlesLaw = discriminatedUnion('state', [
  zObject({ state: oneOf(['idle', 'stalled']) }),
  zObject({ state: literal('growing'), perSecond: number, fullInS: number }),
  zObject({ state: literal('settling'), perSecond: number }),
  zObject({ state: literal('steady'), measured: number, predicted: number, difference: number }),
]);

const consoleView = object<ConsoleView>({
  ...{ at: string, windowS: number, backlog: number, limit: number, serviceRate: figure, sureRate: figure },
  ...{ arrivals: figure, completions: figure, littlesLaw: nullable(littlesLaw), oldestWaitingMs: figure },
  waits: object<ConsoleView['waits']>({
    ...{ deliveries: number, meanS: figure, wait: percentiles, run: percentiles },
  }),
  jobs: record(queueName, nullable(object<JobsView>({ waiting: number, inFlight: number, dead: number }))),
  workers: array(
    object<WorkerView>({
      ...{ worker: string, alive: boolean },
      doing: array(
        object<WorkerView['doing'][number]>({
          ...{ tweetId: number, number, expected: number, ms: number, attempts: number },
        }),
      ),
    }),
  ),
  pause,
  deadLetters: array(
    object<DeadLetterGroup>({
      ...{ queue: queueName, error: string, count: number, newestAt: string, example: unknown },
    }),
  ),
  deadTasks: array(
    object<DeadTaskView>({
      ...{ id: number, kind: string, handle: text, error: string, attempts: number, failedAt: string },
    }),
  ),
  posts: object<ConsoleView['posts']>({
    ...{ admitted: number, refused: number, tooFast: number, retried: number },
    ...{ admittedAfterRefusal: number, admittedAtFirstRetry: number, lastRetryAfterS: figure },
  }),
  limits: object<ConsoleView['limits']>({ maxWaitS: number, maxBacklog: figure }),
});

const event = <K extends keyof StreamEvents>(name: K, data: ZodMiniType<StreamEvents[K]>) =>
  zObject({ name: literal(name), data });

const ofTasks = object<StreamEvents['tasks']>({ account: string, tasks });

/** One event of the stream, with its name. */
export const liveEvent = discriminatedUnion('name', [
  event('delivery', delivery),
  event('chunks', object<StreamEvents['chunks']>({ tweetId: number, chunks: array(chunk) })),
  event('arrival', object<StreamEvents['arrival']>({ account: string, tweet, at: string })),
  event('tasks', ofTasks),
  event('allTasks', ofTasks),
  event('schedules', schedules),
  event('status', status),
  event('console', consoleView),
  event('beat', object<StreamEvents['beat']>({ at: string })),
]);

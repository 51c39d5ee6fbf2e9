import * as z from 'zod/mini';
import type {
  AuditView,
  AuthorView,
  ChunkView,
  DeliveryView,
  DiscardedDeadLetters,
  FaultView,
  HistogramView,
  LabStateView,
  LabView,
  MemberView,
  PauseView,
  PostedTweet,
  Problem,
  RetriedDeadLetters,
  RunView,
  ScheduledTweet,
  ScheduleView,
  StatusView,
  StreamEvents,
  SuggestionsView,
  TaskList,
  TaskView,
  TimelinePage,
  TrendsView,
  TweetAppView,
  TweetView,
  UserView,
} from '#api/contract.ts';

/**
 * What the browser expects of answers and events. They are checked when they come. The server's own schemas carry all
 * that its OpenAPI document needs. These use zod/mini, which is about 15 KB of Home's compressed JavaScript; zod would
 * be 93. They cannot differ from the contract, because `object` takes exactly the fields of its type, or does not
 * compile.
 */

// Zod would compile its checks by `new Function`. The Content Security Policy forbids that and reports each attempt.
z.config({ jitless: true });

/** The shape of a field. A field that may be absent has another kind of shape, so that `object` can tell it. */
type FieldOf<T, K extends keyof T> =
  T extends Record<K, T[K]>
    ? z.ZodMiniType<T[K]>
    : z.ZodMiniOptional<z.ZodMiniType<Exclude<T[K], undefined>>>;
type Fields<T> = { [K in keyof T]-?: FieldOf<T, K> };

/** A shape with exactly the fields of its type. */
export const object = <T extends object>(fields: Fields<T>) => z.object(fields);

const number = z.number();
const string = z.string();
const boolean = z.boolean();
const text = z.nullable(string);
const figure = z.nullable(number);
const unknown = z.unknown();
/** A field that is absent for those who may not see it. */
export const hidden = <T>(shape: z.ZodMiniType<T>) => z.optional(shape);

/** A problem document of RFC 9457. Some carry further figures, which no page reads. */
export const problem = z.looseObject({
  ...{ type: string, title: string, status: number, detail: string },
  errors: z.optional(z.array(object<{ field: string; message: string }>({ field: string, message: string }))),
}) satisfies z.ZodMiniType<Problem>;

const person = {
  ...{ id: number, handle: string, name: string, bio: string, role: string },
  ...{ followerCount: number, followingCount: number, operator: boolean },
};

export const user = object<UserView>({ ...person, followedByMe: boolean });

export const histogram = object<HistogramView>({
  followers: z.array(object<HistogramView['followers'][number]>({ from: number, people: number })),
});

const tweet = object<TweetView>({
  ...{ id: number, text: string, createdAt: string },
  author: object<AuthorView>({ id: number, handle: string, name: string }),
  app: hidden(object<TweetAppView>({ name: string, website: text })),
});

export const timelinePage = object<TimelinePage>({
  tweets: z.array(tweet),
  nextCursor: text,
  source: z.enum(['timeline', 'postgres']),
});

export const delivery = object<DeliveryView>({
  ...{ tweetId: number, authorId: number, expected: number, delivered: number },
  ...{ cold: number, gone: number, pulled: number },
  state: z.enum(['waiting', 'delivering', 'delivered', 'failed', 'cancelled']),
  ...{ chunks: number, chunksDone: number, chunksFailed: number, redeliveries: number },
  ...{ acceptedAt: string, publishedAt: text, startedAt: text, plannedAt: text },
  ...{ firstAt: text, medianAt: text, finishedAt: text, now: string, traceId: z.optional(text) },
});

export const postedTweet = object<PostedTweet>({ tweet, delivery });

export const chunk = object<ChunkView>({
  ...{
    number,
    fromId: number,
    toId: number,
    expected: number,
    delivered: number,
    cold: number,
    gone: number,
  },
  state: z.enum(['waiting', 'in flight', 'delivered', 'failed']),
  ...{ attempts: number, redeliveries: number, worker: text, error: text, startedAt: text, finishedAt: text },
});

export const audit = object<AuditView>({
  ...{ tweetId: number, expected: number, present: number, cold: number, gone: number },
  ...{ pulled: number, sampled: number },
  ...{ missing: number, twice: number, ms: number, checkedAt: string },
  examples: object<AuditView['examples']>({ missing: z.array(number), twice: z.array(number) }),
});

const auditProgress = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting'), ahead: number }),
  z.object({ state: z.enum(['running', 'aside']), read: number, expected: number }),
]);

const state = z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled']);
const progress = z.nullable(
  object<NonNullable<TaskView['progress']>>({ done: number, total: number, unit: string }),
);

const member = object<MemberView>({
  ...{ id: number, kind: string, data: hidden(unknown), state, step: number },
  ...{ attempts: number, worker: hidden(text), progress, error: hidden(text) },
});

const task = object<TaskView>({
  ...{ id: number, kind: string, data: hidden(unknown), accountId: hidden(figure), state },
  priority: z.enum(['low', 'normal', 'high']),
  ...{ dueAt: string, attempts: number, failures: number, progress },
  ...{ worker: hidden(text), result: hidden(unknown), error: hidden(text) },
  ...{ cancelRequested: boolean, createdAt: string, startedAt: text, finishedAt: text, expiresAt: text },
  ...{ parentId: figure, step: number, children: number, childrenDone: number, childrenFailed: number },
  members: z.array(member),
  now: string,
});

export const oneTask = object<ScheduledTweet>({ task });
const tasks = z.array(task) satisfies z.ZodMiniType<TaskList['tasks']>;

const schedule = object<ScheduleView>({
  ...{ name: string, kind: string, data: unknown, accountId: figure, cron: text, everyMs: figure },
  ...{ timeZone: string, enabled: boolean, nextAt: string, lastAt: text, lastTaskId: figure },
  skipped: number,
});

export const oneSchedule = object<{ schedule: ScheduleView }>({ schedule });
export const schedules = object<StreamEvents['schedules']>({ schedules: z.array(schedule) });

export const trends = object<TrendsView>({
  trends: z.array(object<TrendsView['trends'][number]>({ term: string, tweets: number })),
  ...{ countedAt: text, hours: number },
});

export const suggestions = object<SuggestionsView>({
  accounts: z.array(
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

const health = z.enum(['ok', 'away']);

const status = object<StatusView>({
  ...{ workers: figure, queue: health, timelines: health, postgres: health, unfinished: figure },
  ...{ pause: z.nullable(pause), at: string },
});

const fault = object<FaultView>({
  ...{ id: number, kind: string, target: string, text: string, by: string, since: string },
  ...{ healsAt: text, progress: text },
});

type VerdictView = NonNullable<RunView['verdict']>;

const verdict = object<VerdictView>({
  ...{ passed: boolean, answer: text, accepted: number, delivered: number },
  ...{ timelines: number, missing: number, twice: number, holes: number, findings: z.array(string) },
  measured: z.array(object<VerdictView['measured'][number]>({ name: string, value: string })),
});

const run = object<RunView>({
  ...{
    id: number,
    experiment: string,
    title: string,
    seed: number,
    size: number,
    by: string,
    prediction: text,
    broker: text,
    dials: z.record(z.string(), number),
  },
  wait: z.nullable(object<NonNullable<RunView['wait']>>({ text: string, until: string })),
  state: z.enum(['running', 'checking', 'done', 'broken off']),
  ...{ startedAt: string, endedAt: text, tweets: z.array(number), reason: text },
  moments: z.array(object<RunView['moments'][number]>({ at: number, text: string })),
  verdict: z.nullable(verdict),
});

export const oneRun = object<{ run: RunView }>({ run });

const labState = object<LabStateView>({
  parts: z.array(
    object<LabStateView['parts'][number]>({
      ...{ name: z.enum(['web', 'queue', 'timelines', 'postgres']), isEmbedded: boolean },
    }),
  ),
  ...{ workers: z.array(string), usualWorkers: number, faults: z.array(fault), run: z.nullable(run) },
  log: z.array(object<LabStateView['log'][number]>({ id: number, at: string, text: string })),
});

/** The names of large events that only one page hears. */
export type CheckedByPage = 'console' | 'invariants' | 'stage' | 'race';

const event = <K extends keyof StreamEvents>(name: K, data: z.ZodMiniType<StreamEvents[K]>) =>
  z.object({ name: z.literal(name), data });

/** The page that shows the event checks it, so that no other page loads its shape. */
const checkedByPage = <K extends CheckedByPage>(name: K) =>
  z.object({ name: z.literal(name), data: unknown });

const ofTasks = object<StreamEvents['tasks']>({ account: string, tasks });

/** One event of the stream, with its name. */
export const liveEvent = z.discriminatedUnion('name', [
  event('delivery', delivery),
  event('chunks', object<StreamEvents['chunks']>({ tweetId: number, chunks: z.array(chunk) })),
  event('audit', object<StreamEvents['audit']>({ tweetId: number, progress: z.nullable(auditProgress) })),
  event('arrival', object<StreamEvents['arrival']>({ account: string, tweet, at: string })),
  event('tasks', ofTasks),
  event('allTasks', ofTasks),
  event('schedules', schedules),
  event('status', status),
  checkedByPage('console'),
  event('lab', object<LabView>({ state: z.nullable(labState), at: string })),
  checkedByPage('invariants'),
  checkedByPage('race'),
  checkedByPage('stage'),
  event('beat', object<StreamEvents['beat']>({ at: string })),
]);

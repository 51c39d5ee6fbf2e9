/** The types that endpoints and components share: what the HTTP interface answers and the browser reads. */
import type { z } from 'zod';
import type { problem } from '#api/schemas/common.ts';
import type { account, sessionView, suggestionsView, userView } from '#api/schemas/people.ts';
import type { task } from '#api/schemas/queue.ts';
import type { audit, auditProgress, timelinePage, trendsView } from '#api/schemas/tweets.ts';
import type { FollowerHistogram } from '#core/accounts/follower-histogram.ts';
import type { Pause } from '#core/admission/pause.ts';
import type { ConnectedApp } from '#core/clients/connected.ts';
import type { LittlesLaw } from '#core/console/littles-law.ts';
import type { PostTally } from '#core/console/tally.ts';
import type { Waits } from '#core/console/waits.ts';
import type { ExperimentInfo, ExperimentRun } from '#core/lab/experiment.ts';
import type { ActiveFault, LabState } from '#core/lab/lab-state.ts';
import type { Race } from '#core/lab/race.ts';
import type { StageFigures } from '#core/lab/stage-figures.ts';
import type { ChunkRecord } from '#core/ledger/chunks.ts';
import type { Delivery } from '#core/ledger/delivery.ts';
import type { WorkerActivity } from '#core/ledger/workers.ts';
import type { QueueName } from '#core/messages.ts';
import type { DeadTask } from '#core/tasks/dead.ts';
import type { Schedule } from '#core/tasks/schedules.ts';
import type { Loss } from '#core/timelines/recognise.ts';
import type { Author, Tweet, TweetApp } from '#core/tweets/tweet.ts';

/** A demo account, as the switcher shows it. */
export type AccountView = z.infer<typeof account>;

/** `GET /api/accounts/histogram`: people by the power of ten of their followers. */
export type HistogramView = { followers: FollowerHistogram };

export type AuthorView = Author;
export type TweetView = Tweet;
export type TweetAppView = TweetApp;
export type DeliveryView = Delivery;
export type ChunkView = ChunkRecord;

/** `GET /api/tweets/{id}/delivery?include=chunks`: the delivery with its tweet, and its chunks when asked for. */
export type DeliveryPage = { tweet: TweetView; delivery: DeliveryView; chunks?: ChunkView[] };

/** `POST /api/tweets`: `202`. */
export type PostedTweet = { tweet: TweetView; delivery: DeliveryView };

/** A task as its viewer may see it: api/visible-tasks.ts says what is absent for whom. */
export type TaskView = z.infer<typeof task>;
export type MemberView = TaskView['members'][number];
export type ScheduleView = Schedule;

/** What the page of consent shows. */
export type { ConsentView } from '#api/mastodon/consent.ts';

/** `GET /api/clients`: an app that may act for the account. */
export type ConnectedAppView = ConnectedApp;

/** `GET /api/tasks`: the newest first. */
export type TaskList = { tasks: TaskView[] };

/** `POST /api/tweets` with `scheduledFor`: `202`. */
export type ScheduledTweet = { task: TaskView };

/** `GET /api/trends`: terms with the number of tweets of the last `hours` that hold them. */
export type TrendsView = z.infer<typeof trendsView>;

/** `GET /api/suggestions`. `computedAt` is null before a list was computed. */
export type SuggestionsView = z.infer<typeof suggestionsView>;

/** `POST /api/tweets/{id}/audit`: every follower's timeline read back. */
export type AuditView = z.infer<typeof audit>;

/** `GET /api/tweets/{id}/audit`: in line behind so many, or so many timelines read. */
export type AuditProgressView = z.infer<typeof auditProgress>;

/** `GET /api/timelines/home` and `GET /api/users/{handle}/tweets`. */
export type TimelinePage = z.infer<typeof timelinePage>;

/** `GET /api/session`: the accounts this session holds and, for reads without `X-Account`, the acting one. */
export type SessionView = z.infer<typeof sessionView>;

/** `GET /api/users/{handle}`. */
export type UserView = z.infer<typeof userView>;

/** RFC 9457. `errors` names each bad field. */
export type Problem = z.infer<typeof problem>;

/** `PUT /api/pause`: whether deliveries are paused, and since when. */
export type PauseView = Pause;

export type PartState = 'ok' | 'away';

/** The status strip. `workers` counts worker processes seen within the last 5 s, null when Postgres is away. */
export type StatusView = {
  workers: number | null;
  queue: PartState;
  timelines: PartState;
  postgres: PartState;
  /** Fan-outs accepted and not finished, null when Postgres is away. */
  unfinished: number | null;
  /** Whether deliveries are paused, null when Postgres is away. */
  pause: PauseView | null;
  at: string;
};

/**
 * `GET /api/stream?topics=posts:ada,home:ada,delivery:42,status` — server-sent events by name.
 *
 * - `posts:{handle}`: `delivery` events of all that account's tweets that are on their way, at most 10 a second each.
 * - `home:{handle}`: `arrival` events: the newest tweets of that account's timeline, then those that reach it.
 * - `delivery:{id}`: `delivery` and `chunks` events of that tweet, and `audit` events while its timelines are read back.
 * - `tasks:{handle}`: `tasks` events: that account's newest tasks, then those that changed, at most 10 a second.
 * - `all-tasks:{handle}`: `allTasks` events: everybody's, as that account may see them, in the same way.
 * - `schedules`: `schedules` events: all of them, whenever one has changed or run.
 * - `status`: `status` events, every 2 s or on change.
 * - `console`: `console` events, ten a second; `console:{handle}`: as that account may see them.
 * - `lab`: `lab` events: what is broken on purpose and which experiment runs, whenever that changes.
 * - `stage`: `stage` events: what the stage of the experiment that runs looks like, a few times a second.
 * - `invariants`: `invariants` events, twice a second.
 * - `race`: `race` events while a race goes on, up to ten a second; first the last one, if there was one.
 *
 * Every topic starts with a snapshot; long lists come in several events. Arrival events carry `id: {cursor}`; send the last
 * one back as `Last-Event-ID` header or `lastEventId` parameter, and up to 100 tweets that are newer come first. Tweets
 * arrive out of order, so the newest 40 come again in any case: drop those that you have. `beat` comes every 5 s.
 */
export type StreamEvents = {
  delivery: DeliveryView;
  chunks: { tweetId: number; chunks: ChunkView[] };
  /** Null when nobody waits for an audit of this tweet. */
  audit: { tweetId: number; progress: AuditProgressView | null };
  arrival: { account: string; tweet: TweetView /** by the server's clock */; at: string };
  tasks: { account: string; tasks: TaskView[] };
  allTasks: { account: string; tasks: TaskView[] };
  schedules: { schedules: ScheduleView[] };
  status: StatusView;
  console: ConsoleView;
  lab: LabView;
  stage: StageView;
  invariants: InvariantsView;
  race: RaceView;
  beat: { at: string };
};

/** Messages of one queue. */
export type JobsView = { waiting: number; inFlight: number; dead: number };

/** `GET /api/queue`, without what operators see in addition. */
export type QueueView = {
  deliveries: {
    /** Deliveries promised and not done. */
    backlog: number;
    /** What of the limit is taken: the backlog, and the cost of each fan-out that is not finished. */
    taken: number;
    limit: number;
    /** Cost done a second, in deliveries, measured while all workers had work; null before the first measurement. */
    rate: number | null;
  };
  fanOuts: { unfinished: number };
  /** Null while the broker is away. */
  jobs: Record<QueueName, JobsView | null>;
  workers: number;
  pause: PauseView;
  loss: LossView | null;
  at: string;
};

/** What the last restore of Postgres has lost: tweets with ids above `after`, up to `to`; found at `at`. */
export type LossView = Loss;

/** Dead letters of one queue that died of the same error. */
export type DeadLetterGroup = {
  queue: QueueName;
  error: string;
  count: number;
  newestAt: string;
  /** The body of the newest one. */
  example: unknown;
};

/** A task that was given up: a dead letter that the ledger keeps. */
export type DeadTaskView = DeadTask;

/** The timeline store. Bytes; null where it has no bound. */
export type TimelinesView = {
  used: number;
  max: number | null;
  /** Above this timelines that are unread for the longest are dropped, above that posts are refused. */
  dropAbove: number | null;
  refuseAbove: number | null;
  /** Timelines in the store, about, and of how many readers there is none: the next read rebuilds it. */
  held: number;
  cold: number;
  /** Timelines dropped ever, whether that goes on, and when the last one was. */
  dropped: number;
  dropping: boolean;
  droppedAt: string | null;
};

/** `console` events. Deliveries a second are means over `windowS`; nothing here mixes jobs and deliveries. */
export type ConsoleView = {
  /** By Postgres' clock. */
  at: string;
  /** Seconds that the rates and waits are measured over; shorter while the sampler has just begun. */
  windowS: number;
  /** Deliveries promised and not done, and of how many fan-outs. */
  backlog: number;
  fanOuts: number;
  /** What is taken of the limit, and the limit, in deliveries. A fan-out costs some beside its deliveries. */
  taken: number;
  limit: number;
  /** Cost done a second, in deliveries, while all workers had work; null before the first measurement. */
  serviceRate: number | null;
  /** The part of the service rate that may be relied on: the rate less what it varies by. The bound rests on it. */
  sureRate: number | null;
  /** Deliveries a second promised (λ) and done (μ); null until there were two samples. */
  arrivals: number | null;
  completions: number | null;
  /** Cost done a second, in deliveries; null until there were two samples. */
  costDone: number | null;
  littlesLaw: LittlesLaw | null;
  waits: Waits;
  /** Milliseconds since the acceptance of the oldest unfinished fan-out. */
  oldestWaitingMs: number | null;
  /** Null while the broker is away. */
  jobs: Record<QueueName, JobsView | null>;
  /** Null while the timeline store is away. */
  timelines: TimelinesView | null;
  pause: PauseView;
  loss: LossView | null;
  /** How the web process of this stream has answered posts since it started. */
  posts: PostTally;
  /** The settings that the bound comes from. */
  limits: { maxWaitS: number; maxBacklog: number | null };
  /** Only operators get it. */
  internals?: ConsoleInternals | undefined;
};

/** The part of the console for operators: where work runs, what failed, and who had asked for it. */
export type ConsoleInternals = {
  workers: WorkerActivity[];
  deadLetters: DeadLetterGroup[];
  /** The newest tasks that were given up. */
  deadTasks: DeadTaskView[];
};

/** `POST /api/dead-letters/retry`: how many chunks and tasks have another chance, and how many messages were put back. */
export type RetriedDeadLetters = { chunks: number; messages: number; tasks: number };

/** `POST /api/dead-letters/discard`: how many messages the broker has dropped, and how many tasks were given up for good. */
export type DiscardedDeadLetters = { messages: number; tasks: number };

/** `GET /api/lab` and `lab` events. The state is null while the lab is off. */
export type LabView = { state: LabState | null; at: string };
export type LabStateView = LabState;
/** `stage` events. The figures are null while no experiment runs on a stage of its own. */
export type StageView = { figures: StageFigures | null };
export type StageFiguresView = StageFigures;
export type FaultView = ActiveFault;
export type ExperimentView = ExperimentInfo;
export type RunView = ExperimentRun;

/** `race` events: the same tweet in all lanes, as far as it has come. */
export type RaceView = Race;

/** `invariants` events: tweets delivered within ten minutes to at most 50,000 followers, read back again and again. */
export type InvariantsView = {
  /** Timelines that lack one of these tweets. */
  missing: number;
  /** Timelines that hold one of them more than once. */
  twice: number;
  /** Tweets that are owed and were missing on the home pages that were read. */
  holes: number;
  /** Deliveries promised and not yet done. */
  waiting: number;
  /** What was looked at: tweets, timelines, home pages. */
  tweets: number;
  timelines: number;
  readers: number;
  at: string;
};

import type pg from 'pg';
import { AfterAnswer } from '#api/after-answer.ts';
import { AuditRates } from '#api/audit-rates.ts';
import { Cached } from '#api/cached.ts';
import { Leaving } from '#api/drain.ts';
import { HalfSent } from '#api/half-sent.ts';
import { LabLink, supervisorChannel } from '#api/lab-link.ts';
import { ConsoleSource } from '#api/live/console-source.ts';
import { WatchedDeliveries } from '#api/live/delivery-topic.ts';
import { Arrivals } from '#api/live/home-topic.ts';
import { InvariantsSource } from '#api/live/invariants-source.ts';
import { OpenStreams } from '#api/live/open-streams.ts';
import { StatusSource } from '#api/live/status-source.ts';
import { WatchedSchedules, WatchedTasks } from '#api/live/tasks-topic.ts';
import { WatchedAudits, WatchedChunks } from '#api/live/tweet-topic.ts';
import { type Clients, openClients } from '#api/mastodon/open-clients.ts';
import { Metrics } from '#api/metrics.ts';
import { openReads, type Reads } from '#api/reads.ts';
import { RequestsInFlight } from '#api/requests-in-flight.ts';
import { Sessions } from '#api/session.ts';
import { timelineFigures } from '#api/timeline-figures.ts';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import type { BrokerConfig } from '#broker/variables.ts';
import { countByFollowers, type FollowerHistogram } from '#core/accounts/follower-histogram.ts';
import { PeopleCache } from '#core/accounts/people-cache.ts';
import { MemoryGauge, memoryOf } from '#core/admission/admission.ts';
import { type Quotas, quotasOf } from '#core/admission/quotas.ts';
import { sharePlaces } from '#core/admission/share-places.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { audit, requireAuditable } from '#core/audit/audit.ts';
import { Audits } from '#core/audit/audits.ts';
import { AUDITS, AuditLine } from '#core/audit/line.ts';
import type { Config } from '#core/config.ts';
import { Tally } from '#core/console/tally.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import { FollowChanges } from '#core/followers/follow.ts';
import { HintSource } from '#core/hints.ts';
import { PROGRESS, type Progress } from '#core/ledger/delivery.ts';
import { FanOutPublisher } from '#core/ledger/publish.ts';
import { openListener } from '#core/listener.ts';
import { type Log, textLog } from '#core/log.ts';
import type { Publish } from '#core/messages.ts';
import { type Database, openPostgres } from '#core/postgres.ts';
import { openStore } from '#core/redis.ts';
import { TASK_CHANGES } from '#core/tasks/hints.ts';
import { HomeReader } from '#core/timelines/home-reader.ts';
import { LastReads } from '#core/timelines/last-reads.ts';
import { LiveLayout } from '#core/timelines/live-layout.ts';
import { recognising } from '#core/timelines/recognise.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { tracedPublish } from '#core/tracing/traced-publish.ts';
import type { Tracing } from '#core/tracing/tracing.ts';
import { TweetPoster } from '#core/tweets/post-statement.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';

/** The web process's open connections, and what is shared by all of its requests and pages. */
export type Web = {
  config: Config & BrokerConfig;
  log: Log;
  /** Undefined when no traces are kept. */
  tracing: Tracing | undefined;
  /** Connections for everything but posting. */
  pool: pg.Pool;
  /** The same connections, by Prisma. */
  prisma: Database['prisma'];
  /** Connections for posting alone, so that posts do not wait behind a crowd of reads, nor reads behind posts. */
  posting: Database;
  /** Writes tweets, those of a crowd together. */
  poster: TweetPoster;
  followChanges: FollowChanges;
  limits: PostLimits;
  /** What one account may have or do beside posting. */
  quotas: Quotas;
  broker: Broker;
  /** Hands the fan-outs of new tweets to the broker. */
  publisher: FanOutPublisher;
  /** Reads home timelines, and caches them. */
  homes: HomeReader;
  timelines: TimelineStore;
  /** People as they stand beside tweets. */
  people: PeopleCache;
  sessions: Sessions;
  /** The reads that pages and endpoints share. */
  reads: Reads;
  /** Hints that a fan-out has moved on. */
  progress: HintSource<Progress>;
  /** Deliveries, chunks, tasks and schedules that streams show. */
  deliveries: WatchedDeliveries;
  chunks: WatchedChunks;
  tasks: WatchedTasks;
  schedules: WatchedSchedules;
  arrivals: Arrivals;
  /** Reads tweets back from timelines. The line of all web processes says which one is next. */
  audits: Audits;
  auditLine: AuditLine;
  /** How many an account or an address has asked for. */
  auditRates: AuditRates;
  /** How far audits are, for streams. */
  watchedAudits: WatchedAudits;
  status: StatusSource;
  /** The way to the supervisor, which breaks things on purpose. */
  lab: LabLink;
  /** The invariants, measured while somebody looks. */
  invariants: InvariantsSource;
  console: ConsoleSource;
  /** What timelines take of their store, for console and metrics. */
  timelineFigures: ReturnType<typeof timelineFigures>;
  streams: OpenStreams;
  /** Counts how posts were answered. */
  tally: Tally;
  /** Posts that were refused by any web process, and when each is to come back. */
  waitingList: WaitingList;
  /** People by their followers. */
  histogram: Cached<FollowerHistogram>;
  /** What the client API of Mastodon has for itself. */
  clients: Clients;
  /** Calls that are answered now. */
  requests: RequestsInFlight;
  /** Requests that clients have begun to send. */
  halfSent: HalfSent;
  afterAnswer: AfterAnswer;
  /** Whether this process has been told to end. */
  leaving: Leaving;
  memory: { timelines: MemoryGauge; queue: MemoryGauge };
  metrics: Metrics;
  /** Waits for the work behind answers, then closes every connection. May be called twice. */
  close(deadlineMs: number): Promise<void>;
};

/** How long one command of the timeline store may take: somebody waits for the page, and Postgres can answer instead. */
const PATIENCE = 1.5 * SECOND;
const KB = 1024;
const MB = 1024 * KB;
const HISTOGRAM_CACHED = MINUTE;
/** How long one query may take; the longest of ours takes about 400 ms. */
const ANSWER = 3 * SECOND;

/**
 * Connections to Postgres. Posts that come at the same time share one. The others are for posts that wait for their author,
 * and for scheduling tweets. A line of 100 takes 0.1 s.
 */
const POSTING = { max: 3, line: 100 };
const READING = { max: 14, line: 100 };
/** Connections for the status strip and the console, which must see what goes on when nothing else gets a connection. */
const WATCHING = { max: 3 };

/** The composition root of the web process: the one place that opens connections. */
/** What watches the process. */
export type Watching = { log?: Log; tracing?: Tracing | undefined };

export function openWeb(config: Config & BrokerConfig, { log = textLog, tracing }: Watching = {}): Web {
  const connections = connect(config, log);
  const { pool, prisma, watching, redis, timelines, layout, broker, listen } = connections;
  const publish: Publish = broker.publish.bind(broker);
  const progress = new HintSource(PROGRESS, () => listen('web progress'));
  const taskChanges = new HintSource(TASK_CHANGES, () => listen('web tasks'));
  const people = new PeopleCache(pool);
  const deliveries = new WatchedDeliveries({ pool, progress });
  const auditLine = new AuditLine(pool);
  const limits = {
    maxWaitS: config.MAX_WAIT_S,
    maxBacklog: config.MAX_BACKLOG,
    pullAboveS: config.PULL_ABOVE_S,
    postsPerMinute: config.POSTS_PER_MINUTE,
  };
  const quotas = quotasOf(config);
  const tally = new Tally();
  const waitingList = new WaitingList();
  sharePlaces(waitingList.places, { redis, connect: () => listen('web places') });
  const lastReads = new LastReads(pool);
  const homes = new HomeReader({
    ...{ pool, timelines, layout, lastReads },
    bytes: config.HOME_CACHE_MB * MB,
  });
  const figures = timelineFigures({ pool: watching, timelines });
  const consoleSource = new ConsoleSource({ pool: watching, broker, limits, tally, timelines: figures });
  const sessions = new Sessions(config.SESSION_SECRET);
  const afterAnswer = new AfterAnswer();
  return {
    ...{
      config,
      log,
      tracing,
      pool,
      prisma,
      posting: connections.posting,
      limits,
      quotas,
      broker,
      timelines,
      people,
    },
    ...{ sessions, homes, progress, tally, waitingList, afterAnswer },
    poster: new TweetPoster(connections.posting.pool),
    followChanges: new FollowChanges(pool, quotas),
    publisher: new FanOutPublisher({
      pool,
      publish: tracing ? tracedPublish(publish, tracing) : publish,
      log: log.warn,
    }),
    reads: openReads({ pool, prisma, homes, sessions, config }),
    deliveries,
    chunks: new WatchedChunks({ pool, progress, deliveries }),
    tasks: new WatchedTasks({ pool, prisma, taskChanges }),
    schedules: new WatchedSchedules({ prisma, taskChanges }),
    auditLine,
    audits: new Audits({
      line: auditLine,
      check: (tweetId) => requireAuditable(pool, tweetId),
      run: (tweetId, run) => audit(pool, timelines, tweetId, run),
      moved: (tweetId) => AUDITS.tell(redis, { tweetId }),
    }),
    auditRates: new AuditRates(config.AUDITS_PER_MINUTE),
    watchedAudits: new WatchedAudits({
      line: auditLine,
      hints: new HintSource(AUDITS, () => listen('web audits')),
    }),
    arrivals: new Arrivals({ pool, progress }),
    lab: new LabLink(config.LAB ? supervisorChannel() : undefined),
    invariants: new InvariantsSource({ pool: watching, timelines }),
    status: new StatusSource({ pool: watching, broker, timelines }),
    streams: new OpenStreams({
      ...{ all: config.MAX_STREAMS, address: config.STREAMS_PER_ADDRESS },
      ...{ session: config.STREAMS_PER_SESSION, account: config.STREAMS_PER_ACCOUNT },
      ...{ token: config.STREAMS_PER_TOKEN, mostWaiting: config.STREAM_BUFFER_KB * KB },
    }),
    halfSent: new HalfSent(),
    clients: openClients(config, { pool, redis, people, listen }),
    requests: new RequestsInFlight(config.MAX_REQUESTS),
    leaving: new Leaving(),
    console: consoleSource,
    timelineFigures: figures,
    histogram: new Cached(() => countByFollowers(pool), HISTOGRAM_CACHED),
    memory: {
      timelines: new MemoryGauge(memoryOf(redis)),
      queue: new MemoryGauge(broker.memory.bind(broker)),
    },
    metrics: new Metrics(),
    close: async (deadlineMs) => {
      consoleSource.stop();
      await afterAnswer.settled(deadlineMs);
      await lastReads.write().catch(() => {}); // Postgres is away: these readers seem to have been away since before
      await Promise.all([connections.close(deadlineMs), tracing?.close(deadlineMs)]);
    },
  };
}

function connect(config: Config & BrokerConfig, log: Log) {
  const stores: { disconnect(): void }[] = [];
  const open = (name: string, patienceMs?: number) => {
    const redis = openStore(config.TIMELINE_REDIS_URL, name, patienceMs);
    stores.push(redis);
    return redis;
  };
  const listen = (name: string) => {
    const listener = openListener(config.TIMELINE_REDIS_URL, name);
    stores.push(listener);
    return listener;
  };
  const redis = open('web', PATIENCE);
  const layout = new LiveLayout();
  const timelines = layout.storeOn(redis, config.TIMELINE_CAP);
  const recognise = recognising(timelines, log.warn);
  const onConnect = async (client: pg.ClientBase) => {
    await layout.follow(client).catch(() => {}); // away again; the next connection tries again
    await recognise(client);
  };
  const openPool = (name: string, size: { max: number; line?: number }) =>
    openPostgres({ url: config.DATABASE_URL, name, answerMs: ANSWER, onConnect, ...size });
  const reading = openPool('web', READING);
  const posting = openPool('web posting', POSTING);
  const watching = openPool('web watching', WATCHING);
  const broker = openBroker(config);
  let closing: Promise<unknown> | undefined;
  return {
    ...{ pool: reading.pool, prisma: reading.prisma, posting, watching: watching.pool },
    ...{ broker, listen, redis, timelines, layout },
    close: async (deadlineMs: number): Promise<void> => {
      for (const store of stores) store.disconnect();
      closing ??= Promise.all([
        broker.close(deadlineMs),
        ...[reading, posting, watching].map((postgres) => postgres.close()),
      ]);
      await closing;
    },
  };
}

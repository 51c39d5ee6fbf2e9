import 'server-only';
import type pg from 'pg';
import { Kept } from '#app/server/kept.ts';
import { Arrivals } from '#app/server/live/arrivals.ts';
import { ConsoleSource } from '#app/server/live/console-source.ts';
import { ProgressSource } from '#app/server/live/progress-source.ts';
import { StatusSource } from '#app/server/live/status-source.ts';
import { TaskSource } from '#app/server/live/task-source.ts';
import { Metrics } from '#app/server/metrics.ts';
import { RequestsInFlight } from '#app/server/requests-in-flight.ts';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { type BrokerConfig, brokerVariables } from '#broker/variables.ts';
import { countByFollowers, type FollowerHistogram } from '#core/accounts/follower-histogram.ts';
import { sharePlaces } from '#core/admission/share-places.ts';
import { MemoryGauge, parseMemory } from '#core/admission/store-memory.ts';
import { Tally } from '#core/admission/tally.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { type Config, readConfig } from '#core/config.ts';
import { FanOutPublisher } from '#core/ledger/publish.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';

/** What route handlers and server components are given: the web process's open connections. */
export type Web = {
  config: Config & BrokerConfig;
  /** For everything but posting. */
  pool: pg.Pool;
  /** For posting alone, so that neither waits behind a crowd of the other. */
  posting: pg.Pool;
  limits: PostLimits;
  broker: Broker;
  /** Hands the fan-outs of new tweets to the broker. */
  publisher: FanOutPublisher;
  timelines: TimelineStore;
  progress: ProgressSource;
  taskChanges: TaskSource;
  arrivals: Arrivals;
  status: StatusSource;
  console: ConsoleSource;
  /** How posting was answered. */
  tally: Tally;
  /** Who was refused and is to come back, by any web process. */
  waitingList: WaitingList;
  /** People by their followers. */
  histogram: Kept<FollowerHistogram>;
  /** Calls that are answered now. */
  requests: RequestsInFlight;
  memory: { timelines: MemoryGauge; queue: MemoryGauge };
  metrics: Metrics;
};

// Next evaluates modules anew on hot reload and a route's module once a route: the process has one of these.
const kept = globalThis as typeof globalThis & { tweetFanOutWeb?: Web };

/** The composition root of the web process. Opens on first use: the build imports every module and must open nothing. */
export function web(): Web {
  kept.tweetFanOutWeb ??= open(readConfig(brokerVariables));
  return kept.tweetFanOutWeb;
}

const PATIENCE = 1_500; // ms; somebody waits for the page, and Postgres has it too
const HISTOGRAM_KEPT = 60_000; // ms
const ANSWER = 3_000; // ms for one query; the longest of ours takes about 400

/**
 * Connections to Postgres. Posts take turns at the row of the backlog, so that more of them are slower: of 100 clients
 * on 2 cores 4 to 8 connections posted 690 tweets a second, 20 posted 577 and 60 posted 445, at 850 ms p99. A line of
 * 100 is 0.2 s of waiting.
 */
const POSTING = { max: 6, line: 100 };
const READING = { max: 14, line: 100 };
/** For the status strip and the console, which have to see what goes on when nothing else gets a connection. */
const WATCHING = { max: 3 };

function open(config: Web['config']): Web {
  const connect = (name: string, size: { max: number; line?: number }) =>
    openPostgres({ url: config.DATABASE_URL, name, answerMs: ANSWER, ...size }).pool;
  const pool = connect('web', READING);
  const watching = connect('web watching', WATCHING);
  const redis = openRedis(config.TIMELINE_REDIS_URL, 'web', PATIENCE);
  const timelines = { redis, shards: config.TIMELINE_SHARDS, cap: config.TIMELINE_CAP };
  const broker = openBroker(config);
  const progress = new ProgressSource(() => openRedis(config.TIMELINE_REDIS_URL, 'web progress'));
  const taskChanges = new TaskSource(() => openRedis(config.TIMELINE_REDIS_URL, 'web tasks'));
  const arrivals = new Arrivals({ pool, progress, shards: timelines.shards });
  const status = new StatusSource({ pool: watching, broker, timelines });
  const limits = {
    maxWaitS: config.MAX_WAIT_S,
    maxBacklog: config.MAX_BACKLOG,
    postsPerMinute: config.POSTS_PER_MINUTE,
  };
  const tally = new Tally();
  const waitingList = new WaitingList();
  sharePlaces(waitingList, { redis, connect: () => openRedis(config.TIMELINE_REDIS_URL, 'web places') });
  return {
    ...{
      config,
      pool,
      limits,
      broker,
      timelines,
      progress,
      taskChanges,
      arrivals,
      status,
      tally,
      waitingList,
    },
    posting: connect('web posting', POSTING),
    publisher: new FanOutPublisher({
      pool,
      publish: (queue, messages) => broker.publish(queue, messages),
      log: console.warn,
    }),
    requests: new RequestsInFlight(config.MAX_REQUESTS),
    console: new ConsoleSource({ pool: watching, broker, limits, tally }),
    histogram: new Kept(() => countByFollowers(pool), HISTOGRAM_KEPT),
    memory: {
      timelines: new MemoryGauge(() => redis.info('memory').then(parseMemory)),
      queue: new MemoryGauge(() => broker.memory()),
    },
    metrics: new Metrics(),
  };
}

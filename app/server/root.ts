import 'server-only';
import type pg from 'pg';
import { Arrivals } from '#app/server/live/arrivals.ts';
import { ConsoleSource } from '#app/server/live/console-source.ts';
import { ProgressSource } from '#app/server/live/progress-source.ts';
import { StatusSource } from '#app/server/live/status-source.ts';
import { Metrics } from '#app/server/metrics.ts';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { type BrokerConfig, brokerVariables } from '#broker/variables.ts';
import { MemoryGauge } from '#core/admission/store-memory.ts';
import { Tally } from '#core/admission/tally.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { type Config, readConfig } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';

/** What route handlers and server components are given: the web process's open connections. */
export type Web = {
  config: Config & BrokerConfig;
  pool: pg.Pool;
  limits: PostLimits;
  broker: Broker;
  timelines: TimelineStore;
  progress: ProgressSource;
  arrivals: Arrivals;
  status: StatusSource;
  console: ConsoleSource;
  /** How posting was answered. */
  tally: Tally;
  /** Who was refused and is to come back. */
  waitingList: WaitingList;
  /** Of the timeline store. */
  memory: MemoryGauge;
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

function open(config: Web['config']): Web {
  const { pool } = openPostgres({ url: config.DATABASE_URL, max: 20, name: 'web' });
  const redis = openRedis(config.TIMELINE_REDIS_URL, 'web', PATIENCE);
  const timelines = { redis, shards: config.TIMELINE_SHARDS, cap: config.TIMELINE_CAP };
  const broker = openBroker(config);
  const progress = new ProgressSource(() => openRedis(config.TIMELINE_REDIS_URL, 'web progress'));
  const arrivals = new Arrivals({ pool, progress, shards: timelines.shards });
  const status = new StatusSource({ pool, broker, timelines });
  const limits = {
    maxWaitS: config.MAX_WAIT_S,
    maxBacklog: config.MAX_BACKLOG,
    postsPerMinute: config.POSTS_PER_MINUTE,
  };
  const tally = new Tally();
  return {
    ...{ config, pool, limits, broker, timelines, progress, arrivals, status, tally },
    console: new ConsoleSource({ pool, broker, limits, tally }),
    waitingList: new WaitingList(),
    memory: new MemoryGauge(redis),
    metrics: new Metrics(),
  };
}

import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { brokerVariables } from '#broker/variables.ts';
import { type Config, readConfig } from '#core/config.ts';
import { type Database, openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import type { ServerUrls } from '#dev/servers.ts';
import type { Run } from '../run/run-bench.ts';

/** A bench's own connections, and what the processes that it starts are given. */
export type Connections = Database & {
  env: NodeJS.ProcessEnv;
  config: Config;
  store: TimelineStore;
  broker: Broker;
};

/** Opens them to these servers; `run.onEnd` closes them. DELIVERY_CONCURRENCY and the like come from `run.env`. */
export function connect(servers: ServerUrls, run: Pick<Run, 'env' | 'onEnd'>): Connections {
  const env = envFor(servers, run.env);
  const config = readConfig(brokerVariables, env);
  const postgres = openPostgres({ url: config.DATABASE_URL, max: 10, name: 'bench' });
  const redis = openRedis(config.TIMELINE_REDIS_URL, 'bench');
  const broker = openBroker(config);
  run.onEnd(async () => {
    await broker.close(0);
    redis.disconnect();
    await postgres.close();
  });
  const store = { redis, shards: config.TIMELINE_SHARDS, cap: config.TIMELINE_CAP };
  return { env, config, pool: postgres.pool, prisma: postgres.prisma, store, broker };
}

function envFor({ databaseUrl, queueRedisUrl, timelineRedisUrl }: ServerUrls, env: NodeJS.ProcessEnv) {
  return {
    ...env,
    NODE_ENV: 'production' as const,
    DATABASE_URL: databaseUrl,
    QUEUE_REDIS_URL: queueRedisUrl,
    TIMELINE_REDIS_URL: timelineRedisUrl,
    SESSION_SECRET: 'nobody signs in to this',
  };
}

import type { Redis } from 'ioredis';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { type BrokerConfig, brokerVariables } from '#broker/variables.ts';
import { type Config, readConfig } from '#core/config.ts';
import { type Database, openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import type { ServerUrls } from '#dev/servers.ts';
import type { Run } from '#lab/harness/run-bench.ts';

/** A timeline store as it is started here: one server, and one shard. */
export type SingleStore = TimelineStore & { redis: Redis };

/** An experiment's own connections, and the environment of the processes that it starts. */
export type Connections = Database & {
  env: NodeJS.ProcessEnv;
  config: Config & BrokerConfig;
  store: SingleStore;
  broker: Broker;
};

/**
 * Opens connections to the servers that these variables name. `onEnd` closes them. All other settings, such as
 * DELIVERY_CONCURRENCY, come from `env`.
 */
export function connect(
  variables: Record<string, string>,
  { env: given, onEnd }: Pick<Run, 'env' | 'onEnd'>,
  name = 'bench',
) {
  const env = {
    SESSION_SECRET: 'nobody signs in to this',
    ...given,
    NODE_ENV: 'production' as const,
    ...variables,
  };
  const config = readConfig(brokerVariables, env);
  const postgres = openPostgres({ url: config.DATABASE_URL, max: 10, name });
  const redis = openRedis(config.TIMELINE_REDIS_URL, name);
  const broker = openBroker(config);
  onEnd(async () => {
    await broker.close(0);
    redis.disconnect();
    await postgres.close();
  });
  const store = { redis, shards: 1, cap: config.TIMELINE_CAP };
  const { pool, prisma } = postgres;
  return { env, config, pool, prisma, store, broker } satisfies Connections;
}

/** The variables that name these servers. */
export const variablesOf = ({ databaseUrl, queueRedisUrl, timelineRedisUrl }: ServerUrls) => ({
  DATABASE_URL: databaseUrl,
  QUEUE_REDIS_URL: queueRedisUrl,
  TIMELINE_REDIS_URL: timelineRedisUrl,
});

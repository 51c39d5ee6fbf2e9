import type { Redis } from 'ioredis';
import pg from 'pg';
import { inject } from 'vitest';
import { checkLedger, type RULES } from '#core/audit/ledger-rules.ts';
import { openPostgres, type Postgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import type { ServerUrls } from '#dev/servers.ts';
import { REDIS_DATABASES, TEMPLATE } from './test-servers.ts';

/** An empty, migrated database and two empty Redis databases that no other test file sees. */
export type World = ServerUrls & {
  postgres: Postgres;
  timelines: Redis;
  /** Checks the ledger's rules, closes the connections and drops the database. May be called twice. */
  close(): Promise<void>;
};

export type WorldOptions = {
  /** Rules of ledger-rules.ts that this test breaks on purpose, by rows that it writes itself. */
  breaks?: (keyof typeof RULES)[];
};

/**
 * Opens a world for a test file: real PostgreSQL, real Redis. The databases of one Redis are not fully apart: FLUSHALL,
 * and what is published outside a HintChannel, reach every world. A test that needs those starts servers of its own
 * with `startRedis`. Whatever a test does, the ledger's rules must hold when it closes its world.
 */
export async function openWorld({ breaks = [] }: WorldOptions = {}): Promise<World> {
  const servers = inject('servers');
  const number = await nextNumber(servers.queueRedisUrl);
  const urls: ServerUrls = {
    databaseUrl: servers.databaseUrl.replace(/[^/]+$/, `world_${number}`),
    queueRedisUrl: withDatabase(servers.queueRedisUrl, number),
    timelineRedisUrl: withDatabase(servers.timelineRedisUrl, number),
  };
  await createDatabase(servers.databaseUrl, `world_${number}`);
  await Promise.all([empty(urls.queueRedisUrl), empty(urls.timelineRedisUrl)]);
  return open(urls, { breaks, drop: () => dropDatabase(servers.databaseUrl, `world_${number}`) });
}

function open(urls: ServerUrls, { breaks, drop }: Required<WorldOptions> & { drop(): Promise<void> }): World {
  const postgres = openPostgres({ url: urls.databaseUrl, max: 10, name: 'test' });
  const timelines = openRedis(urls.timelineRedisUrl, 'test');
  const closeAll = async () => {
    const breaches = await checkLedger(postgres.pool);
    timelines.disconnect();
    await postgres.close();
    await drop();
    const found = breaches.filter(({ rule }) => !breaks.includes(rule));
    if (found.length > 0) throw new Error(`The ledger breaks its rules: ${JSON.stringify(found)}`);
  };
  let closing: Promise<void> | undefined;
  return {
    ...urls,
    postgres,
    timelines,
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}

/** Counted in Redis, because test files run in processes of their own. */
async function nextNumber(redisUrl: string): Promise<number> {
  const redis = openRedis(redisUrl, 'worlds');
  const count = await redis.incr('worlds');
  redis.disconnect();
  return 1 + (count % (REDIS_DATABASES - 1)); // 0 holds the counter
}

function withDatabase(url: string, number: number): string {
  return url.replace(/[^/]+$/, String(number));
}

async function empty(redisUrl: string) {
  const redis = openRedis(redisUrl, 'worlds');
  await redis.flushdb();
  redis.disconnect();
}

// FORCE, because a failed test may have left a connection open. In a long watch run the same number comes up again.
async function createDatabase(serverUrl: string, name: string) {
  await execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await execute(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
}

async function dropDatabase(serverUrl: string, name: string) {
  await execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function execute(serverUrl: string, sql: string) {
  const client = new pg.Client({ connectionString: serverUrl.replace(/[^/]+$/, 'postgres') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

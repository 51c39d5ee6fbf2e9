import type pg from 'pg';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { type Config, readConfig } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { type Servers, startServers } from '#dev/servers.ts';
import { migrate } from '#prisma/migrate.ts';
import { describeMachine, type Machine } from '../run/machine.ts';
import type { Run } from '../run/run-bench.ts';
import type { Watched } from './cpu.ts';
import { startWorkers } from './workers.ts';

/** Servers and two workers as `npm start` runs them, empty, and the bench in the place of the web process. */
export type Stage = {
  config: Config;
  servers: Servers;
  machine: Machine;
  pool: pg.Pool;
  store: TimelineStore;
  broker: Broker;
  /** What its processes are given. */
  env: NodeJS.ProcessEnv;
  /** The processes that a delivery goes through. */
  watched: Watched[];
};

// Ids of a system in use: 6 bytes an entry. Those of a new database take 3, which would flatter every figure.
const FIRST_TWEET_ID = 1_000_000_000;

/** Starts everything that a fan-out needs; `run.onEnd` stops it. */
export async function openStage(run: Pick<Run, 'dataDir' | 'env' | 'log' | 'onEnd'>): Promise<Stage> {
  const servers = await startServers({ dataDir: run.dataDir, durable: true, log: run.log });
  run.onEnd(() => servers.stop());
  await migrate(servers.databaseUrl); // makes the database too
  const machine = await describeMachine(servers);
  const env = envFor(servers, run.env);
  const connections = connect(readConfig(env), run);
  await connections.pool.query(`SELECT setval('tweet_id_seq', ${FIRST_TWEET_ID})`);
  const workers = await startWorkers(connections.pool, { names: ['A', 'B'], env, log: run.log });
  run.onEnd(async () => {
    await Promise.all(workers.map((worker) => worker.stop(5_000)));
  });
  const watched = [
    ...servers.started.map((server) => ({ name: server.name, pid: server.pid() })),
    ...workers.map(({ name, pid }) => ({ name, pid })),
    { name: 'bench, as the web process', pid: process.pid },
  ];
  return { ...connections, servers, machine, env, watched };
}

/** What web and workers get from dev/app.ts. DELIVERY_CONCURRENCY and the like reach them from the caller's shell. */
function envFor({ databaseUrl, queueRedisUrl, timelineRedisUrl }: Servers, env: NodeJS.ProcessEnv) {
  return {
    ...env,
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    QUEUE_REDIS_URL: queueRedisUrl,
    TIMELINE_REDIS_URL: timelineRedisUrl,
    SESSION_SECRET: 'nobody signs in to a bench',
  } as const;
}

function connect(config: Config, run: Pick<Run, 'onEnd'>) {
  const postgres = openPostgres({ url: config.DATABASE_URL, max: 10, name: 'bench' });
  const redis = openRedis(config.TIMELINE_REDIS_URL, 'bench');
  const broker = openBroker(config);
  run.onEnd(async () => {
    await broker.close(0);
    redis.disconnect();
    await postgres.close();
  });
  const store = { redis, shards: config.TIMELINE_SHARDS, cap: config.TIMELINE_CAP };
  return { config, pool: postgres.pool, store, broker };
}

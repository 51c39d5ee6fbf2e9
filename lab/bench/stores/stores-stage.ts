import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { readConfig } from '#core/config.ts';
import { changeShards, readLayout } from '#core/ledger/layout.ts';
import { openPostgres } from '#core/postgres.ts';
import { openStore, serversOf } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { startServers } from '#dev/servers.ts';
import { describeMachine } from '#lab/harness/machine.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { variablesOf } from '#lab/stage/connect.ts';
import { FIRST_TWEET_ID, type Stage, startWorkers } from '#lab/stage/stage.ts';
import { startStores } from '#lab/stage/stores.ts';
import { migrate } from '#prisma/migrate.ts';

/** What a fan-out needs, whatever its timelines lie on. */
export type StoresStage = Pick<Stage, 'pool' | 'broker' | 'watched' | 'machine'> & { store: TimelineStore };

/** How many masters the timelines lie on; 1 is a single server and no cluster. And how many workers deliver. */
export type Scale = { stores: number; workers: number };

/** The same as `openStage`, at another scale. `run.onEnd` stops all. */
export async function openStoresStage(
  run: Omit<Run, 'sizes'>,
  { stores, workers: count }: Scale,
): Promise<StoresStage> {
  const servers = await startServers({ dataDir: run.dataDir, durable: true, log: run.log });
  run.onEnd(() => servers.stop());
  const cluster = stores > 1 ? await startStores(run, stores) : undefined;
  await migrate(servers.databaseUrl);
  const env = {
    ...{ SESSION_SECRET: 'nobody signs in to this', ...run.env, NODE_ENV: 'production' as const },
    ...variablesOf(cluster ? { ...servers, timelineRedisUrl: cluster.url } : servers),
  };
  const config = readConfig(brokerVariables, env);
  const { pool, close } = openPostgres({ url: config.DATABASE_URL, max: 10, name: 'bench' });
  const [redis, broker] = [openStore(config.TIMELINE_REDIS_URL, 'bench'), openBroker(config)];
  run.onEnd(async () => {
    await broker.close(0);
    redis.disconnect();
    await close();
  });
  const [server] = await serversOf(redis);
  if (!server) throw new Error('Expected a timeline store, got none');
  const machine = await describeMachine({ pool, redis: server }, run.loadBefore);
  await pool.query(`SELECT setval('tweet_id_seq', ${FIRST_TWEET_ID})`);
  await changeShards(pool, stores);
  const store = { redis, cap: config.TIMELINE_CAP, ...(await readLayout(pool)) };
  const workers = await startWorkers(namesOf(count), { env, pool }, run);
  const watched = [
    ...servers.started.map((each) => ({ name: each.name, pid: each.pid() })),
    ...(cluster?.nodes ?? []).map((node, n) => ({ name: `master ${n + 1}`, pid: node.pid() })),
    ...workers.map(({ name, pid }) => ({ name, pid })),
    { name: 'bench, as the web process', pid: process.pid },
  ];
  return { pool, broker, store, watched, machine };
}

const namesOf = (count: number): string[] => Array.from({ length: count }, (_, n) => 'ABCDEFGH'[n] ?? `${n}`);

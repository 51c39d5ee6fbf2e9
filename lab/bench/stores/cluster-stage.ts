import { join } from 'node:path';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { readConfig } from '#core/config.ts';
import { changeShards, readLayout } from '#core/ledger/layout.ts';
import { openPostgres } from '#core/postgres.ts';
import { openStore } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { startServers } from '#dev/servers.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { variablesOf } from '#lab/stage/connect.ts';
import { FIRST_TWEET_ID, type Stage, startWorkers } from '#lab/stage/stage.ts';
import { migrate } from '#prisma/migrate.ts';
import { startCluster } from '#testing/cluster.ts';

/** What a fan-out on a cluster needs. */
export type ClusterStage = Pick<Stage, 'pool' | 'broker' | 'watched'> & { store: TimelineStore };

/** The same servers and workers as of `openStage`, but the timelines are on so many masters. `run.onEnd` stops all. */
export async function openClusterStage(run: Omit<Run, 'sizes'>, masters: number): Promise<ClusterStage> {
  const servers = await startServers({ dataDir: run.dataDir, durable: true, log: run.log });
  run.onEnd(() => servers.stop());
  const cluster = await startCluster(join(run.dataDir, 'cluster'), masters);
  run.onEnd(() => cluster.stop());
  await migrate(servers.databaseUrl);
  const env = {
    ...{ SESSION_SECRET: 'nobody signs in to this', ...run.env, NODE_ENV: 'production' as const },
    ...variablesOf({ ...servers, timelineRedisUrl: cluster.url }),
  };
  const config = readConfig(brokerVariables, env);
  const { pool, close } = openPostgres({ url: config.DATABASE_URL, max: 10, name: 'bench' });
  const [redis, broker] = [openStore(cluster.url, 'bench'), openBroker(config)];
  run.onEnd(async () => {
    await broker.close(0);
    redis.disconnect();
    await close();
  });
  await pool.query(`SELECT setval('tweet_id_seq', ${FIRST_TWEET_ID})`);
  await changeShards(pool, masters);
  const store = { redis, cap: config.TIMELINE_CAP, ...(await readLayout(pool)) };
  const workers = await startWorkers(['A', 'B'], { env, pool }, run);
  const watched = [
    ...servers.started.map((server) => ({ name: server.name, pid: server.pid() })),
    ...cluster.nodes.map((node, n) => ({ name: `master ${n + 1}`, pid: node.pid() })),
    ...workers.map(({ name, pid }) => ({ name, pid })),
    { name: 'bench, as the web process', pid: process.pid },
  ];
  return { pool, broker, store, watched };
}

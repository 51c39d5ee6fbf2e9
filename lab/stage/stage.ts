import { countWorkers } from '#core/ledger/workers.ts';
import { until } from '#dev/ports.ts';
import type { Running } from '#dev/program.ts';
import { type Servers, startServers } from '#dev/servers.ts';
import { describeMachine, type Machine } from '#lab/harness/machine.ts';
import type { Run, Tools } from '#lab/harness/run-bench.ts';
import { migrate } from '#prisma/migrate.ts';
import { type Connections, connect, variablesOf } from './connect.ts';
import type { Watched } from './process-use.ts';
import { startScript } from './start-script.ts';

/** Empty, migrated servers as `npm start` runs them. */
export type ServerStage = Connections & { servers: Servers; machine: Machine };

/** The same with two workers. The bench takes the place of the web process. */
export type Stage = ServerStage & {
  /** The processes that a delivery goes through. */
  watched: Watched[];
};

/**
 * In a system in use an id takes 6 bytes in a timeline. Ids of a new database take 3, so every figure would be too
 * good.
 */
export const FIRST_TWEET_ID = 1_000_000_000;

/** Starts servers and makes the tables. `run.onEnd` stops them. */
export async function openServers(run: Omit<Run, 'sizes'>): Promise<ServerStage> {
  const servers = await startServers({ dataDir: run.dataDir, durable: true, log: run.log });
  run.onEnd(() => servers.stop());
  await migrate(servers.databaseUrl); // makes the database too
  const connections = connect(variablesOf(servers), run);
  const { pool, store } = connections;
  const machine = await describeMachine({ pool, redis: store.redis }, run.loadBefore);
  await pool.query(`SELECT setval('tweet_id_seq', ${FIRST_TWEET_ID})`);
  return { ...connections, servers, machine };
}

/** Starts everything that a fan-out needs. `run.onEnd` stops it. */
export async function openStage(run: Omit<Run, 'sizes'>): Promise<Stage> {
  const stage = await openServers(run);
  const workers = await startWorkers(['A', 'B'], stage, run);
  const watched = [
    ...stage.servers.started.map((server) => ({ name: server.name, pid: server.pid() })),
    ...workers.map(({ name, pid }) => ({ name, pid })),
    { name: 'bench, as the web process', pid: process.pid },
  ];
  return { ...stage, watched };
}

/** Starts worker processes as `npm start` does. Resolves when all of them take work. `onEnd` stops them. */
export async function startWorkers(
  names: string[],
  { env, pool }: Pick<Connections, 'env' | 'pool'>,
  tools: Tools,
): Promise<Running[]> {
  const workers = names.map((name) =>
    startScript(['worker/main.ts'], { name: `worker ${name}`, env: { ...env, WORKER_NAME: name } }, tools),
  );
  await until(async () => {
    const count = await countWorkers(pool);
    if (count !== names.length) throw new Error(`Expected ${names.length} workers to report, got ${count}`);
  }, 30_000);
  return workers;
}

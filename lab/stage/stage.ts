import { type Servers, startServers } from '#dev/servers.ts';
import { migrate } from '#prisma/migrate.ts';
import { describeMachine, type Machine } from '../run/machine.ts';
import type { Run } from '../run/run-bench.ts';
import { type Connections, connect } from './connect.ts';
import type { Watched } from './cpu.ts';
import { startWorkers } from './workers.ts';

/** Servers and two workers as `npm start` runs them, without data; the bench is in the place of the web process. */
export type Stage = Connections & {
  servers: Servers;
  machine: Machine;
  /** The processes that a delivery goes through. */
  watched: Watched[];
};

// Ids of a system in use: 6 bytes an entry. Those of a new database take 3, which would flatter every figure.
const FIRST_TWEET_ID = 1_000_000_000;

/** Starts everything that a fan-out needs; `run.onEnd` stops it. */
export async function openStage(run: Omit<Run, 'sizes'>): Promise<Stage> {
  const servers = await startServers({ dataDir: run.dataDir, durable: true, log: run.log });
  run.onEnd(() => servers.stop());
  await migrate(servers.databaseUrl); // makes the database too
  const connections = connect(servers, run);
  const machine = await describeMachine(connections, run.loadBefore);
  await connections.pool.query(`SELECT setval('tweet_id_seq', ${FIRST_TWEET_ID})`);
  const workers = await startWorkers(['A', 'B'], connections, run);
  const watched = [
    ...servers.started.map((server) => ({ name: server.name, pid: server.pid() })),
    ...workers.map(({ name, pid }) => ({ name, pid })),
    { name: 'bench, as the web process', pid: process.pid },
  ];
  return { ...connections, servers, machine, watched };
}

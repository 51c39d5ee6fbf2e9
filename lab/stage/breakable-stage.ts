import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerName } from '#broker/variables.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import { changeShards, readLayout } from '#core/ledger/layout.ts';
import { openStore } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import type { Log } from '#dev/log.ts';
import { pidFileOf, signalGroup } from '#dev/pid-file.ts';
import { freePort, until } from '#dev/ports.ts';
import { preparePostgres } from '#dev/postgres.ts';
import { startProgram } from '#dev/program.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import type { Restore } from '#lab/harness/restores.ts';
import { SleptTime } from '#lab/harness/slept-time.ts';
import { COLLECTS } from '#lab/stage/web-at-rest.ts';
import { migrate } from '#prisma/migrate.ts';
import { startCluster, type TestCluster } from '#testing/cluster.ts';
import { Link } from '#testing/link.ts';
import { type Connections, connect } from './connect.ts';
import { ControlledProcess, type Died } from './controlled-process.ts';
import {
  type ControlledServers,
  QUEUE_SERVERS,
  type ServerName,
  startControlledServers,
} from './controlled-servers.ts';
import { guard } from './guard.ts';
import { CLOCK_FILE, CLOCK_MOVED, MOVABLE_CLOCK } from './movable-clock.ts';
import { mountSmallDisk, moveToSmallDisk, type SmallDisk } from './small-disk.ts';
import { scriptCommand } from './start-script.ts';

export type BreakableStageOptions = {
  broker: BrokerName;
  /** Worker processes, by name. */
  workers: string[];
  /** The production web process, which must be built, or the same without Next's pages. */
  web: 'next' | 'api';
  /** Followers in a chunk: few, so that there are many chunks. */
  chunkSize: number;
  /** The bound of the backlog, in deliveries. Beyond it posts are refused. */
  maxBacklog: number;
  /** The folder for the output of processes. When missing, the stage's own folder. */
  logDir?: string;
  died: Died;
  log: Log;
  /** The program of the workers. When missing, the product's own. */
  program?: ScriptArgs | undefined;
  /** False for a queue on a Redis without an append-only file. */
  appendOnly?: boolean | undefined;
  /** Megabytes that the queue's server may use. */
  memoryMb?: number | undefined;
  /** True for a queue on three nodes of RabbitMQ. */
  threeNodes?: boolean | undefined;
  /** True for disks of their own, which can be full, for the servers that have files. */
  smallDisks?: boolean | undefined;
  /** True for timelines on three masters with replicas. The server of the timelines holds nothing then. */
  cluster?: boolean | undefined;
  /** Variables of web and workers, in place of those that chaos sets. */
  settings?: Record<string, string> | undefined;
  /** Makes people while the processes start. */
  populate?: (connections: Connections) => Promise<unknown>;
};

/** A process with its own link to each server. */
export type LinkedProcess = ControlledProcess & { links: Record<ServerName, Link> };

/** The web process and the workers. */
export const allProcesses = ({ web, workers }: Pick<BreakableStage, 'web' | 'workers'>): LinkedProcess[] => [
  web,
  ...workers,
];

/** When a crash began and ended, in ms since 1970. It may have taken back what was read before. */
export type Crash = { from: number; to: number };

/** The whole system as real processes. The checker's connections go around the links. */
export type BreakableStage = Connections & {
  servers: ControlledServers;
  /** Where the timelines are: on the one server, or on the cluster. */
  timelines: TimelineStore;
  cluster: TestCluster | null;
  workers: LinkedProcess[];
  web: LinkedProcess & { url: string };
  dataDir: string;
  disks: Disks;
  /** Crashes of Postgres so far, restores among them. */
  crashes: Crash[];
  restores: Restore[];
  slept: SleptTime;
  /** Sets the clock of a process (`web`, or a worker by its name) `aheadMs` ahead of the machine's. */
  setClock(process: string, aheadMs: number): void;
  close(): Promise<void>;
};

/** The disks of a server's files. Null where they have no disk of their own. Those of PostgreSQL leave out its log. */
export type Disks = Record<'queue' | 'postgres', SmallDisk | null>;

/** The name of the checker's connections. No fault cuts these. */
export const CHECKER = 'chaos';

/** Starts servers, workers and web. `close` stops all that was started and removes its data. */
export async function openBreakableStage(options: BreakableStageOptions): Promise<BreakableStage> {
  const cleanup = new Cleanup();
  try {
    return { ...(await startAll(options, cleanup.add)), close: cleanup.run };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function startAll(options: BreakableStageOptions, onEnd: Cleanup['add']) {
  const folder = openTempFolder('stage');
  onEnd(() => folder.remove());
  const unguard = guard(folder.dir);
  onEnd(unguard);
  const { logDir = join(folder.dir, 'logs'), program = ['worker/main.ts'] } = options;
  mkdirSync(logDir, { recursive: true });
  const disks = options.smallDisks ? await mountDisks(options, { dataDir: folder.dir, onEnd }) : NO_DISKS;
  const servers = await startControlledServers({ ...options, dataDir: folder.dir, onEnd });
  await migrate(servers.postgres.running.url);
  const cluster = options.cluster ? await startMasters(folder.dir, onEnd) : null;
  const env = environment(options);
  const connections = connect(variablesFor(options.broker, servers), { env, onEnd }, CHECKER);
  const timelines = cluster ? await openTimelines(cluster, { ...connections, onEnd }) : connections.store;
  const ground = { ...options, cluster, servers, logDir, dataDir: folder.dir };
  const start: Start = async (name, script, own = {}) => {
    const linked = await startLinked(ground, { name, script, env: { ...env, ...own } });
    onEnd(() => stopLinked(linked));
    return linked;
  };
  const starting = options.workers.map((name) => start(`worker ${name}`, program, { WORKER_NAME: name }));
  const [workers, web] = await Promise.all([
    Promise.all(starting),
    startWeb(options.web, start),
    options.populate?.(connections),
  ]);
  const setClock = (name: string, aheadMs: number) => {
    const found = [web, ...workers].find((each) => each.name === name);
    if (!found) throw new Error(`Expected a process, got ${name}`);
    writeFileSync(clockFile(logDir, name), String(aheadMs));
    signalGroup(found.running.pid, CLOCK_MOVED);
  };
  const dataDir = folder.dir;
  const noted = { crashes: [], restores: [], slept: new SleptTime() };
  return { ...connections, servers, cluster, timelines, workers, web, disks, dataDir, ...noted, setClock };
}

const MASTERS = 3;
const NODE_TIMEOUT = 2_000; // ms after which a replica takes the place of its master

async function startMasters(dataDir: string, onEnd: Cleanup['add']): Promise<TestCluster> {
  const options = { replicas: true, nodeTimeoutMs: NODE_TIMEOUT };
  const cluster = await startCluster(dataDir, MASTERS, options);
  onEnd(() => cluster.stop());
  return cluster;
}

/** The way to the timelines on a cluster, in as many shards as it has masters. */
async function openTimelines(
  { url }: TestCluster,
  { pool, config, onEnd }: Connections & { onEnd: Cleanup['add'] },
): Promise<TimelineStore> {
  await changeShards(pool, MASTERS);
  const redis = openStore(url, CHECKER);
  onEnd(async () => redis.disconnect());
  return { redis, cap: config.TIMELINE_CAP, ...(await readLayout(pool)) };
}

const NO_DISKS: Disks = { queue: null, postgres: null };

/** Without room for its log PostgreSQL would end itself, so the log stays on the disk of all. */
async function mountDisks(
  { broker, log }: Pick<BreakableStageOptions, 'broker' | 'log'>,
  { dataDir, onEnd }: { dataDir: string; onEnd: Cleanup['add'] },
): Promise<Disks> {
  const { data } = await preparePostgres({ dataDir, fromTemplate: true, log });
  return {
    queue: broker === 'bullmq' ? mountSmallDisk(join(dataDir, 'queue'), onEnd) : null,
    postgres: moveToSmallDisk(join(data, 'base'), onEnd),
  };
}

const clockFile = (logDir: string, name: string) => join(logDir, `${name}.clock`);

export type ScriptArgs = [script: string, ...args: string[]];
type Start = (name: string, script: ScriptArgs, own?: Record<string, string>) => Promise<LinkedProcess>;

async function startWeb(kind: BreakableStageOptions['web'], start: Start) {
  const port = String(await freePort());
  const scripts: Record<typeof kind, ScriptArgs> = {
    next: ['api/main.ts', 'start', '--port', port],
    api: ['testing/web-process.ts', port],
  };
  // There is no balancer that would have to notice its end.
  const web = await start('web', scripts[kind], { NODE_OPTIONS: COLLECTS, LEAVE_S: '0' });
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(`${url}/healthz`, { signal: AbortSignal.timeout(10 * SECOND) }), MINUTE);
  return Object.assign(web, { url });
}

type Ground = Pick<BreakableStageOptions, 'broker' | 'died'> & {
  servers: ControlledServers;
  cluster: TestCluster | null;
  logDir: string;
  dataDir: string;
};
type LinkedProgram = { name: string; script: ScriptArgs; env: NodeJS.ProcessEnv };

/** Starts a process that reaches the servers only by links. */
async function startLinked(
  { broker, died, servers, cluster, logDir, dataDir }: Ground,
  { name, script, env: own }: LinkedProgram,
): Promise<LinkedProcess> {
  const links = {
    postgres: await Link.open(servers.postgres.running.port),
    queue: await Link.open(servers.queue.running.port),
    timelines: await Link.open(servers.timelines.running.port),
  };
  const clock = clockFile(logDir, name);
  writeFileSync(clock, '0');
  const node = `${own.NODE_OPTIONS ?? ''} ${MOVABLE_CLOCK}`;
  const masters = cluster ? { TIMELINE_REDIS_URL: cluster.url, TIMELINE_SHARDS: `${MASTERS}` } : {}; // without a link
  const variables = { ...variablesFor(broker, servers, links), ...masters };
  const env = { ...own, ...variables, NODE_OPTIONS: node, [CLOCK_FILE]: clock };
  const output = { file: join(logDir, `${name}.log`) };
  const pidFile = pidFileOf(dataDir, name);
  const launch = () => startProgram({ name, ...scriptCommand(...script), output, env, pidFile });
  return Object.assign(await ControlledProcess.start({ name, died, launch }), { links });
}

/** The variables that name the servers, or the links to them. */
function variablesFor(
  broker: BrokerName,
  servers: ControlledServers,
  links?: LinkedProcess['links'],
): Record<string, string> {
  const urlOf = (name: ServerName) => {
    const { url } = servers[name].running;
    return links ? url.replace(/:\d+(?=\/|$)/, `:${links[name].port}`) : url;
  };
  const { variables } = QUEUE_SERVERS[broker];
  const stores = { DATABASE_URL: urlOf('postgres'), TIMELINE_REDIS_URL: urlOf('timelines') };
  const others = servers.nodes.slice(1).map(({ running }) => running.url); // without a link
  return { ...stores, ...variables([urlOf('queue'), ...others].join(',')) };
}

/** Kills a process without letting it drain: nobody needs what it holds, and its data is removed. */
async function stopLinked(linked: LinkedProcess): Promise<void> {
  await linked.end('SIGKILL');
  for (const link of Object.values(linked.links)) await link.close();
}

const SECRET = 'everybody signs in to chaos';
const POSTS_PER_MINUTE = '150'; // of one account: some posts are refused, most are not

/** Without these, clients that run for hours would follow and ask for more than one person may. */
const OPEN_QUOTAS = {
  ...{ FOLLOWS_PER_MINUTE: '10000', MAX_SCHEDULED_TWEETS: '100000', MAX_SCHEDULES: '10000' },
  ...{ MAX_ARCHIVES: '10000', ARCHIVES_PER_DAY: '10000', SUGGESTIONS_PER_HOUR: '10000' },
};

function environment({ chunkSize, maxBacklog, settings }: BreakableStageOptions): NodeJS.ProcessEnv {
  return {
    ...{ ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', SESSION_SECRET: SECRET },
    ...{ TIMELINE_SHARDS: '1', TIMELINE_CAP: '800', CHUNK_SIZE: String(chunkSize) },
    ...{ MAX_BACKLOG: String(maxBacklog), POSTS_PER_MINUTE, ...OPEN_QUOTAS },
    OPERATORS: '', // they would name people of another database, and the web would end
    ...settings,
  };
}

import { mkdirSync } from 'node:fs';
import type pg from 'pg';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import type { BrokerName } from '#broker/variables.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import type { Log } from '#dev/log.ts';
import { freePort, until } from '#dev/ports.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { migrate } from '#prisma/migrate.ts';
import { type Linked, startLinked } from './processes.ts';
import { type ServerParts, startServerParts } from './servers.ts';

export type StageOptions = {
  broker: BrokerName;
  /** Worker processes, by name. */
  workers: string[];
  /** The production web, which must be built, or the same without Next's pages. */
  web: 'next' | 'api';
  /** Followers a chunk; small, so that there are many. */
  chunkSize: number;
  /** Deliveries: above it posts are refused. */
  maxBacklog: number;
  /** Where processes write what they have to say. */
  logDir: string;
  /** Told of every process that ended although nobody ended it. */
  died: (name: string, how: string) => void;
  log: Log;
};

/** When a crash began and when all was over, in ms since 1970: what was read before may have been taken back. */
export type Crash = { from: number; to: number };

/** The whole system as real processes, and ways around its links for whoever checks it. */
export type Stage = {
  servers: ServerParts;
  workers: Linked[];
  web: Linked & { url: string; kind: StageOptions['web'] };
  dataDir: string;
  pool: pg.Pool;
  store: TimelineStore;
  broker: Broker;
  /** Crashes of Postgres so far. */
  crashes: Crash[];
  close(): Promise<void>;
};

/** Names the checker's connections: the nemesis cuts all but these. */
export const CHECKER = 'chaos';

/** Starts servers, web and workers; `close` stops whatever has been started and removes its data. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const undos: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
  };
  try {
    return { ...(await build(options, (undo) => undos.push(undo))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(options: StageOptions, onClose: (undo: () => Promise<void> | void) => void) {
  const folder = openTempFolder('chaos');
  onClose(() => folder.remove());
  mkdirSync(options.logDir, { recursive: true });
  const servers = await startServerParts({ ...options, dataDir: folder.dir });
  for (const part of [servers.postgres, servers.queue, servers.timelines]) onClose(() => part.stop(5_000));
  await migrate(servers.urls.postgres);
  const direct = connect(servers);
  onClose(direct.close);
  const start = async (name: string, args: string[], env: Record<string, string>) => {
    const variables = { ...environment(options), ...env };
    const linked = await startLinked({ ...options, name, args, env: variables, servers });
    onClose(() => stop(linked));
    return linked;
  };
  const workers: Linked[] = [];
  for (const name of options.workers)
    workers.push(await start(`worker ${name}`, ['--import', 'tsx', 'worker/main.ts'], { WORKER_NAME: name }));
  const web = await startWeb(options.web, start);
  return { servers, workers, web, dataDir: folder.dir, ...direct, crashes: [] };
}

type Start = (name: string, args: string[], env: Record<string, string>) => Promise<Linked>;

async function startWeb(kind: StageOptions['web'], start: Start) {
  const port = String(await freePort());
  const args = {
    next: ['--import', 'tsx', 'api/main.ts', 'start', '--port', port],
    api: ['--import', 'tsx', 'testing/web-process.ts', port],
  };
  const linked = await start('web', args[kind], {});
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(`${url}/healthz`, { signal: AbortSignal.timeout(10_000) }), 60_000);
  return { ...linked, url, kind };
}

/** Frozen processes obey no SIGTERM. */
async function stop({ part, links }: Linked): Promise<void> {
  part.thaw();
  await part.stop(5_000);
  for (const link of Object.values(links)) await link.close();
}

const POSTS_PER_MINUTE = 150; // of one account: some are refused, most are not
const SHARDS = 1;
const CAP = 800; // entries

function environment({ chunkSize, maxBacklog }: StageOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    SESSION_SECRET: 'everybody signs in to chaos',
    TIMELINE_SHARDS: String(SHARDS),
    TIMELINE_CAP: String(CAP),
    CHUNK_SIZE: String(chunkSize),
    MAX_BACKLOG: String(maxBacklog),
    POSTS_PER_MINUTE: String(POSTS_PER_MINUTE),
  };
}

function connect({ urls, brokerAt }: ServerParts) {
  const postgres = openPostgres({ url: urls.postgres, max: 8, name: CHECKER });
  const timelines = openRedis(urls.timelines, CHECKER);
  const broker = openBroker(brokerAt(urls.queue));
  const close = async () => {
    await broker.close(0);
    timelines.disconnect();
    await postgres.close();
  };
  return { pool: postgres.pool, store: { redis: timelines, shards: SHARDS, cap: CAP }, broker, close };
}

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Log } from './log.ts';
import { pidFileOf, stopLeftover } from './pid-file.ts';
import { findPostgresHome, makePrivate, type PostgresHome, unavailable } from './postgres-home.ts';
import { startProgram } from './program.ts';
import { onFreePort, type Server, untilReady } from './server.ts';
import { StartError } from './start-error.ts';

export type PostgresOptions = {
  /** Keeps its data in `<dataDir>/postgres` (or under /var/tmp, see {@link findPostgresHome}). */
  dataDir: string;
  database: string;
  /** Chosen when missing. */
  port?: number | undefined;
  /** False for tests and their throw-away data: commits do not wait for the disk. */
  durable: boolean;
  log: Log;
};

/** Starts the embedded PostgreSQL, after stopping the one that a killed supervisor left on the same folder. */
export async function startPostgres(options: PostgresOptions): Promise<Server> {
  const { dataDir, port, log } = options;
  const home = findPostgresHome(dataDir, log);
  await stopLeftover(pidFileOf(dataDir, 'postgres'));
  if (!existsSync(home.data)) initialize(home);
  requireSameMajor(home);
  const start = (on: number) => startOn(home, on, options);
  return port ? start(port) : onFreePort(start);
}

async function startOn(
  home: PostgresHome,
  port: number,
  { dataDir, database, durable }: PostgresOptions,
): Promise<Server> {
  const logFile = join(dataDir, 'postgres.log');
  const settings = { ...SETTINGS, ...(durable ? {} : THROW_AWAY) };
  const running = startProgram({
    name: 'postgres',
    command: home.program('postgres'),
    args: ['-D', home.data, '-p', String(port), '-h', '127.0.0.1', '-k', '', ...toArgs(settings)],
    user: home.user,
    cwd: '/',
    env: serverEnv(),
    output: { file: logFile },
    pidFile: pidFileOf(dataDir, 'postgres'),
    stopSignal: 'SIGINT', // fast: ends sessions instead of waiting for them
  });
  await untilReady(running, () => query(port, 'SELECT 1'), logFile);
  return { ...running, port, url: `postgresql://postgres@127.0.0.1:${port}/${database}` };
}

// For a 2-core laptop: small enough to share it, large enough that a million follow edges and the seed fit.
const SETTINGS = {
  shared_buffers: '256MB',
  max_connections: '200', // web, two workers, their benches and a psql
  maintenance_work_mem: '256MB', // the seed builds its indexes in one pass
  max_wal_size: '2GB', // no checkpoint in the middle of a seed or a million deliveries
  min_wal_size: '256MB',
  random_page_cost: '1.1', // solid-state disks
  jit: 'off', // compiling costs more than our short queries take
  // One query never takes the cores of the workers; it also keeps a container's 64 MB of /dev/shm out of the way.
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
};

const THROW_AWAY = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

// In a folder beside the final one: an interrupted initdb must not look like a database.
function initialize({ program, data, user }: PostgresHome) {
  const draft = `${data}.new`;
  rmSync(draft, { recursive: true, force: true });
  makePrivate(draft, user);
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions'];
  const result = spawnSync(program('initdb'), ['-D', draft, ...options], {
    ...user,
    cwd: '/',
    env: serverEnv(),
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw unavailable(`The embedded PostgreSQL does not run here: ${result.error?.message ?? result.stderr}`);
  }
  renameSync(draft, data);
}

function requireSameMajor({ program, data }: PostgresHome) {
  const has = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  const version = spawnSync(program('postgres'), ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const wants = /\d+/.exec(version)?.[0];
  if (!wants || has === wants) return;
  throw new StartError(
    `The data in ${data} was written by PostgreSQL ${has}, this is PostgreSQL ${wants}.`,
    '`npm run reset` empties it; the next start seeds it again.',
  );
}

async function query(port: number, sql: string) {
  const client = new pg.Client({
    connectionString: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    connectionTimeoutMillis: 2_000,
  });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function serverEnv(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
}

function toArgs(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Log } from './log.ts';
import { newPassword, savedPassword, savePassword } from './passwords.ts';
import { pidFileOf, stopLeftover } from './pid-file.ts';
import { findPostgresHome, makePrivate, type PostgresHome, unavailable } from './postgres-home.ts';
import { copyTemplate, keepTemplate } from './postgres-template.ts';
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
  /**
   * True for data that nobody needs after a loss of power: they are copied then, in a fraction
   * of the time. By default they are copied when they are not durable.
   */
  fromTemplate?: boolean;
  log: Log;
};

/** Starts the embedded PostgreSQL, after stopping the one that a killed supervisor left on the same folder. */
export async function startPostgres(options: PostgresOptions): Promise<Server> {
  const { port } = options;
  const home = await preparePostgres({ fromTemplate: !options.durable, ...options });
  const start = (on: number) => startOn(home, on, options);
  return port ? start(port) : onFreePort(start);
}

/** Makes the data of a server when there are none, so that it can be started; and stops the one that still has them. */
export async function preparePostgres({
  dataDir,
  fromTemplate = false,
  log,
}: Pick<PostgresOptions, 'dataDir' | 'fromTemplate' | 'log'>): Promise<PostgresHome & { password: string }> {
  const home = findPostgresHome(dataDir, log);
  await stopLeftover(pidFileOf(dataDir, 'postgres'));
  if (!existsSync(home.data)) initialize(home, fromTemplate);
  requireSameMajor(home);
  return { ...home, password: requirePassword(home, dataDir) };
}

async function startOn(
  home: PostgresHome & { password: string },
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
  const server = `postgresql://postgres:${home.password}@127.0.0.1:${port}`;
  await untilReady(running, () => query(`${server}/postgres`, 'SELECT 1'), logFile);
  return { ...running, port, url: `${server}/${database}` };
}

// These fit a laptop with 2 cores: small enough to share it, large enough for a million follow edges and the seed.
const SETTINGS = {
  shared_buffers: '256MB',
  max_connections: '200', // web, two workers, their benches and a psql
  maintenance_work_mem: '256MB', // the seed builds its indexes in one pass
  max_wal_size: '2GB', // no checkpoint in the middle of a seed or a million deliveries
  min_wal_size: '256MB',
  random_page_cost: '1.1', // solid-state disks
  jit: 'off', // compiling costs more than our short queries take
  // So one query never takes the cores of the workers. Nor does it need /dev/shm, of which a container has 64 MB.
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
};

const THROW_AWAY = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

// Makes the folder beside the final one, because an interrupted initdb must not look like a database.
function initialize(home: PostgresHome, fromTemplate: boolean) {
  const draft = `${home.data}.new`;
  rmSync(draft, { recursive: true, force: true });
  if (!fromTemplate || !copyTemplate(home, draft)) {
    initdb(home, draft);
    keepTemplate(home, draft);
  }
  renameSync(draft, home.data);
}

function initdb({ program, user }: PostgresHome, folder: string) {
  makePrivate(folder, user);
  // No server runs yet, so nobody can come in. requirePassword writes other rules before a server starts.
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions'];
  const result = spawnSync(program('initdb'), ['-D', folder, ...options], {
    ...user,
    cwd: '/',
    env: serverEnv(),
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw unavailable(`The embedded PostgreSQL does not run here: ${result.error?.message ?? result.stderr}`);
  }
}

const METHOD = 'scram-sha-256';

/**
 * Returns the superuser's password, and sets one for data that has none. Such data is new, or comes from a version that
 * let every user of this machine in.
 *
 * The password is set while no server runs. Then the rules are changed to ask for it, and only then it is saved. If
 * this process dies between two steps, the next start repeats them all.
 */
function requirePassword(home: PostgresHome, dataDir: string): string {
  const saved = savedPassword(dataDir, 'postgres');
  const rules = join(home.data, 'pg_hba.conf');
  const found = readFileSync(rules, 'utf8');
  const strict = found.replace(TRUSTS, `$1${METHOD}`);
  if (saved !== undefined && strict === found) return saved;
  const password = newPassword();
  setPassword(home, password);
  replaceFile(rules, strict, home.user);
  savePassword(dataDir, 'postgres', password);
  return password;
}

/** A rule of pg_hba.conf that asks for no password. */
const TRUSTS = /^((?:local|host)\w*\s.*\s)trust\s*$/gm;

/** Runs the server in its mode without a network, so that nobody can come in meanwhile. */
function setPassword({ program, data, user }: PostgresHome, password: string) {
  const result = spawnSync(program('postgres'), ['--single', '-D', data, 'postgres'], {
    ...user,
    cwd: '/',
    env: serverEnv(),
    encoding: 'utf8',
    input: `ALTER ROLE postgres PASSWORD '${password}'\n`,
  });
  if (result.status === 0) return;
  throw new StartError(
    `The embedded PostgreSQL does not take a password: ${result.error?.message ?? result.stderr}`,
    'If its data is damaged, `npm run reset` empties it.',
  );
}

function replaceFile(file: string, text: string, user: PostgresHome['user']) {
  const draft = `${file}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  if (user) chownSync(draft, user.uid, user.gid);
  renameSync(draft, file);
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

async function query(url: string, sql: string) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
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

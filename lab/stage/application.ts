import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import type pg from 'pg';
import { z } from 'zod';
import { MINUTE, SECOND } from '#core/durations.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { endLeftovers, livePid } from '#dev/pid-file.ts';
import { freePort, until } from '#dev/ports.ts';
import { postgresFolders } from '#dev/postgres-home.ts';
import { type Running, startProgram } from '#dev/program.ts';
import { StartError } from '#dev/start-error.ts';
import { describeMachine, type Machine } from '#lab/harness/machine.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { makeOwnApp } from '#testing/own-app.ts';
import { type Connections, connect, variablesOf } from './connect.ts';
import type { Watched } from './process-use.ts';
import { FIRST_TWEET_ID } from './stage.ts';
import { startStores } from './stores.ts';

/** With these settings nothing is refused. Use them where admission is not what is measured. */
export const OPEN_ADMISSION = {
  ...{ POSTS_PER_MINUTE: '1000000', MAX_BACKLOG: '1000000000', AUDITS_PER_MINUTE: '1000000' },
};

/** The application of this code with the demo's people: a web process and two workers. */
export type RunningApp = Connections & {
  url: string;
  machine: Machine;
  /** The pid of the web process that runs now. */
  webPid(): number;
};

/**
 * Starts the production build on data of its own. `run.onEnd` stops it. `settings` are variables of its processes. With `masters`
 * its timelines are on a cluster of so many, in as many shards, and its `store` is one of them.
 */
export async function openApp(
  run: Omit<Run, 'sizes'>,
  followers: number,
  settings: Record<string, string> = OPEN_ADMISSION,
  masters = 1,
): Promise<RunningApp> {
  const cluster = masters > 1 ? await startStores(run, masters) : undefined;
  const shards = { TIMELINE_SHARDS: String(masters) };
  const env = { ...run.env, NODE_ENV: 'production' as const, ...settings, ...(cluster && shards) };
  const app = await makeOwnApp({
    ...{ dataDir: run.dataDir, followers, env, log: run.log, cluster: cluster?.url },
  });
  run.onEnd(() => app.stop());
  await app.start();
  const [master] = cluster?.nodes ?? [];
  const servers = master ? { ...app.servers, timelineRedisUrl: master.url } : app.servers;
  const connections = connect(variablesOf(servers), run);
  const { pool, store } = connections;
  const machine = await describeMachine({ pool, redis: store.redis }, run.loadBefore);
  const webPid = () => {
    const web = app.programs.find(({ name }) => name === 'web');
    if (!web) throw new Error('Expected a web process, got none');
    return web.pid();
  };
  return { ...connections, url: app.url, machine, webPid };
}

/**
 * The whole application as `npm start` runs it, reached only over HTTP. Its database is used only to make people and to
 * read the ledger. None of its code is imported, so it may be another commit.
 */
export type Application = {
  url: string;
  pool: pg.Pool;
  databaseUrl: string;
  timelineRedisUrl: string;
  machine: Machine;
  /** The processes that it has now, servers included. */
  watched(): Watched[];
  /** The cookie of a session that holds this person alone. Only demo accounts could sign in for one. */
  cookieOf(person: { id: number; handle: string }): Promise<string>;
};

export type Commit = {
  /** Where its files are. */
  cwd: string;
  /** Its own folder in the run's data, and its name in the log. */
  name: string;
  /** Variables of its processes, besides those that every bench sets. */
  env?: Record<string, string>;
};

type Started = Pick<Run, 'dataDir' | 'env' | 'loadBefore' | 'log' | 'onEnd'>;

/**
 * Starts a commit's application on data of its own, by its own `npm start`: that brings packages, Prisma client and
 * pages up to date first. `run.onEnd` stops it.
 */
export async function openApplication(run: Started, { cwd, name, env: given }: Commit): Promise<Application> {
  const dataDir = join(run.dataDir, name);
  mkdirSync(dataDir, { recursive: true, mode: 0o711 }); // under root, PostgreSQL's user passes through it
  const secret = randomBytes(32).toString('base64url');
  const own = { DATA_DIR: dataDir, SESSION_SECRET: secret, PORT: `${await freePort()}` };
  const env = envFor(run.env, { ...own, ...given });
  const npm = (args: string[]) => {
    const output = (line: string) => run.log(`${name} | ${line}`);
    // If a bench is killed, the next tests find by this file what they have to stop. See temp-folder.ts.
    const pidFile = join(run.dataDir, 'pids', name);
    const started = startProgram({ name, command: 'npm', args, cwd, env, output, pidFile });
    // Nobody needs its timelines any more: if it is still saving them, they are given up.
    run.onEnd(() => started.stop(STOP).then(() => endLeftovers(join(dataDir, 'pids'))));
    return started;
  };
  run.onEnd(() => {
    for (const folder of postgresFolders(dataDir)) rmSync(folder, { recursive: true, force: true });
  });
  await succeeds(npm(['run', 'seed', '--', '--followers', '1000']));
  const found = await answers(npm(['start']), dataDir);
  return { ...(await connectTo(found, run)), watched: () => watchedIn(dataDir), cookieOf: signer(secret) };
}

const STOP = 8 * SECOND;
const START = 10 * MINUTE; // an earlier commit installs its packages and builds its pages first

// These variables name servers, or a package for npm to work on. With them something else would be started.
const FOREIGN =
  /^(DATABASE_URL|QUEUE_REDIS_URL|TIMELINE_REDIS_URL|BROKER|OPERATORS|INIT_CWD|npm_(?!config_)\w+|npm_config_local_prefix)$/;

function envFor(env: NodeJS.ProcessEnv, own: Record<string, string>): NodeJS.ProcessEnv {
  const ours = Object.entries(env).filter(([name]) => !FOREIGN.test(name));
  const settings = { ...OPEN_ADMISSION, HOME_CACHE_MB: `${CACHE_MB}`, ...own };
  return { ...Object.fromEntries(ours), NODE_ENV: 'production', ...settings };
}

/** Megabytes of home timelines and tweets that the application may keep. Older code does not know this setting. */
export const CACHE_MB = 4;

async function succeeds({ name, exited }: Running): Promise<void> {
  const { code } = await exited;
  if (code !== 0) throw new StartError(`${name} could not be seeded.`, 'Its lines above say why.');
}

const status = z.object({ url: z.string(), databaseUrl: z.string(), timelineRedisUrl: z.string() });
type Status = z.infer<typeof status>;

/** Resolves when the web process answers. The supervisor writes its address only then. */
async function answers({ name, exited }: Running, dataDir: string): Promise<Status> {
  const file = join(dataDir, 'running.json');
  const ended = exited.then(() => {
    throw new StartError(`${name} ended before it answered.`, 'Its lines above say why.');
  });
  const found = until(async () => status.parse(JSON.parse(readFileSync(file, 'utf8'))), START);
  return Promise.race([found, ended]);
}

async function connectTo({ url, databaseUrl, timelineRedisUrl }: Status, run: Started) {
  const { pool, close } = openPostgres({ url: databaseUrl, max: 4, name: 'bench' });
  const redis = openRedis(timelineRedisUrl, 'bench');
  run.onEnd(async () => {
    redis.disconnect();
    await close();
  });
  const machine = await describeMachine({ pool, redis }, run.loadBefore);
  await pool.query(`SELECT setval('tweet_id_seq', ${FIRST_TWEET_ID})`);
  // `localhost` may have two addresses. The web listens on one of them, and wrk and Node take the first.
  return { url: url.replace('localhost', '127.0.0.1'), pool, databaseUrl, timelineRedisUrl, machine };
}

/** Finds its processes by their pid files, because another version may have other programs. */
function watchedIn(dataDir: string): Watched[] {
  const folder = join(dataDir, 'pids');
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.flatMap((name) => {
    const pid = name === 'supervisor' ? undefined : livePid(join(folder, name));
    return pid === undefined ? [] : [{ name, pid }];
  });
}

/** Makes session cookies as an application with this secret does. */
export function signer(secret: string): Application['cookieOf'] {
  const key = new TextEncoder().encode(secret);
  return async ({ id, handle }) => {
    const token = new SignJWT({ accounts: [{ id, handle }] }).setProtectedHeader({ alg: 'HS256' });
    return `session=${await token.setIssuedAt().setExpirationTime('1d').sign(key)}`;
  };
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECOND } from '#core/durations.ts';
import { openPostgres } from '#core/postgres.ts';
import { requireShards } from '#core/timelines/require-shards.ts';
import { migrate } from '#prisma/migrate.ts';
import { isSeeded, seed } from '#prisma/seed.ts';
import { type StartedBroker, startBroker } from './broker.ts';
import { type Build, finishBuild, isBuilt, startBuild } from './build.ts';
import { requireVariables } from './environment.ts';
import type { Lab } from './faults/lab.ts';
import { isLabOn, openLab } from './faults/open-lab.ts';
import type { Supervised } from './keep-running.ts';
import { type ListeningSocket, takePort } from './listening-socket.ts';
import { type Log, step } from './log.ts';
import { checkOperators, demoRole, operatorsFor } from './operators.ts';
import { until } from './ports.ts';
import type { Program } from './program.ts';
import { Programs } from './programs.ts';
import { type Servers, type ServerUrls, startServers } from './servers.ts';
import { StartError } from './start-error.ts';

export type AppOptions = {
  dataDir: string;
  /** `dev` has hot reload, `start` the production build. */
  mode: 'start' | 'dev';
  /** The first port to try. */
  port: number;
  /** Web processes: one by default, and always one with hot reload. */
  webs?: number;
  /** Names of the worker processes. */
  workers: string[];
  /** The celebrity's followers, when the database is empty and gets seeded. */
  followers: number;
  /** The variables of web and workers. URLs and secrets that are missing are made. BROKER chooses the broker. */
  env: NodeJS.ProcessEnv;
  /** True when the data are for the next start: a stop then waits until the timelines are saved. False by default. */
  keepsTimelines?: boolean;
  /** Whether the pages may break it. When missing, {@link isLabOn} decides. */
  lab?: boolean;
  log: Log;
  /** Prints each line that web and workers say, under the name of the process; to the terminal by default. */
  print?: Log;
};

/**
 * The whole application on this machine: servers, data, build, web and workers. `stop` may be called in the middle of
 * `start`, and stops what has been started. Both may be called twice.
 */
export class App {
  #servers: Servers | undefined;
  #broker: StartedBroker | undefined;
  #builds: Build[] = [];
  #port = 0;
  #socket: ListeningSocket | undefined;
  #lab: Lab | undefined;
  readonly #programs: Programs;

  constructor(private readonly options: AppOptions) {
    const { webs = 1, mode, workers, dataDir, log, print } = options;
    const messages: Program['messages'] = (message, reply) => this.#lab?.hear(message, reply);
    const compiled = mode === 'start';
    this.#programs = new Programs({ webs, mode, workers, compiled, dataDir, log, print, messages });
  }

  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  /** The servers; throws before `start` has started them. */
  get servers(): Servers {
    if (!this.#servers) throw new Error('The servers have not been started');
    return this.#servers;
  }

  /** Web and worker processes, for tests and faults that kill one. */
  get programs(): readonly Supervised[] {
    return [...this.#programs.webs, ...this.#programs.workers];
  }

  /** Resolves when the web answers. */
  async start(): Promise<void> {
    await this.#stopLeftovers();
    await Promise.all([this.#prepareData(), this.#prepareBroker(), this.#prepareBuild()]);
    await this.#takePort();
    await this.#startPrograms();
  }

  /** Replaces the web processes one by one, as a deployment does. No connection is refused. */
  async restartWeb(): Promise<void> {
    await this.#programs.replaceWebs();
  }

  /** Stops web and workers first, which drain, then the servers that they need. Kills what does not end in time, but lets the timelines be saved. */
  async stop(deadlineMs = 4_500): Promise<void> {
    const end = performance.now() + deadlineMs;
    this.#lab?.close();
    for (const { running } of this.#builds) running.kill();
    await this.#programs.stop(deadlineMs * 0.55);
    this.#socket?.close();
    const left = Math.max(end - performance.now(), 500);
    await Promise.all([this.#broker?.stop(left), this.#servers?.stop(left)]);
  }

  async #stopLeftovers() {
    if (await this.#programs.stopLeftovers())
      this.options.log('stopped what an earlier, killed start had left running');
  }

  async #prepareData() {
    const { dataDir, env, followers, keepsTimelines = false, log } = this.options;
    const { TIMELINE_MEMORY: timelineMemory, TIMELINE_SHARDS } = requireVariables(env);
    this.#servers = await step(log, 'PostgreSQL and Redis ready', () =>
      startServers({ dataDir, given: givenUrls(env), timelineMemory, keepsTimelines, log }),
    );
    const { databaseUrl, timelineRedisUrl } = this.#servers;
    const applied = await migrate(databaseUrl);
    if (applied.length > 0) log(`migrated: ${applied.join(', ')}`);
    await checkOperators(databaseUrl, env);
    await requireShardsFor(databaseUrl, TIMELINE_SHARDS);
    if (await isSeeded(databaseUrl)) return;
    log(`seeding a celebrity with ${followers.toLocaleString('en')} followers, and everybody else …`);
    await step(log, 'seeded', () => seed({ databaseUrl, timelineRedisUrl, followers, log }));
  }

  async #prepareBroker() {
    const { dataDir, env, log } = this.options;
    this.#broker = await startBroker({ dataDir, env, log });
    if (this.#broker.server) log(`${this.#broker.name} ready`);
  }

  async #prepareBuild() {
    const { mode, env, log } = this.options;
    if (mode === 'dev' || isBuilt()) return;
    log('sources changed: building …');
    this.#builds = startBuild(env);
    await step(log, 'built', () => finishBuild(this.#builds));
  }

  async #takePort() {
    const { port, mode, log } = this.options;
    const socket = await takePort(port);
    this.#port = socket.port;
    if (this.#port !== port) log(`port ${port} is taken, using ${this.#port}`);
    // `tsx watch` cannot hand a socket on: in development the web process listens itself.
    if (mode === 'dev') socket.close();
    else this.#socket = socket;
  }

  async #startPrograms() {
    const role = demoRole(this.options.env);
    if (role) this.options.log(role);
    const env = this.#childEnv();
    if (this.#hasLab) this.#lab = openLab({ ...this.#labGround(), env, programs: this.#programs });
    this.#programs.start({ env, port: this.#port, socket: this.#socket });
    await step(this.options.log, 'web answers', () => this.#untilAnswered());
  }

  get #hasLab(): boolean {
    const { lab, env, mode } = this.options;
    return lab ?? isLabOn(env, mode);
  }

  #labGround() {
    const { workers, log } = this.options;
    return { url: this.url, usualWorkers: workers.length, servers: this.servers, broker: this.#broker, log };
  }

  #childEnv(): NodeJS.ProcessEnv {
    const { dataDir, env, mode } = this.options;
    const { databaseUrl, queueRedisUrl, timelineRedisUrl } = this.servers;
    return {
      ...env,
      NODE_ENV: mode === 'dev' ? 'development' : 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DATABASE_URL: databaseUrl,
      QUEUE_REDIS_URL: queueRedisUrl,
      TIMELINE_REDIS_URL: timelineRedisUrl,
      ...this.#broker?.variables,
      SESSION_SECRET: env.SESSION_SECRET || sessionSecret(dataDir),
      OPERATORS: operatorsFor(env),
      LAB: this.#hasLab ? '1' : '0',
    };
  }

  async #untilAnswered() {
    const healthz = `http://127.0.0.1:${this.#port}/healthz`;
    try {
      await until(() => fetch(healthz, { signal: AbortSignal.timeout(10_000) }), 60_000);
    } catch (cause) {
      throw new StartError(`${healthz} did not answer within 60 s.`, 'The lines of `web` above say why.', {
        cause,
      });
    }
  }
}

/** Before the first tweet is written: an empty ledger takes over the number of shards that is wanted. */
async function requireShardsFor(databaseUrl: string, shards: number | undefined): Promise<void> {
  const { pool, close } = openPostgres({ url: databaseUrl, max: 1, name: 'shards' });
  try {
    await requireShards(pool, shards, AbortSignal.timeout(FIRST_LOOK));
  } finally {
    await close();
  }
}

const FIRST_LOOK = 5 * SECOND;

/** The servers that the environment names, to be used instead of embedded ones. */
export function givenUrls(env: NodeJS.ProcessEnv): Partial<ServerUrls> {
  return {
    ...(env.DATABASE_URL ? { databaseUrl: env.DATABASE_URL } : {}),
    ...(env.QUEUE_REDIS_URL ? { queueRedisUrl: env.QUEUE_REDIS_URL } : {}),
    ...(env.TIMELINE_REDIS_URL ? { timelineRedisUrl: env.TIMELINE_REDIS_URL } : {}),
  };
}

// The secret is kept in a file, so that a restart signs nobody out.
function sessionSecret(dataDir: string): string {
  const file = join(dataDir, 'session-secret');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}

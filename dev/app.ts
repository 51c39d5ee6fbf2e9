import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '#prisma/migrate.ts';
import { isSeeded, seed } from '#prisma/seed.ts';
import { type StartedBroker, startBroker } from './broker.ts';
import { finishBuild, isBuilt, startBuild } from './build.ts';
import { keepRunning, type Supervised } from './keep-running.ts';
import { type ListeningSocket, takePort } from './listening-socket.ts';
import { type Log, logAs, step } from './log.ts';
import { checkOperators, demoRole, operatorsFor } from './operators.ts';
import { ROOT } from './paths.ts';
import { pidFileOf, stopLeftover } from './pid-file.ts';
import { until } from './ports.ts';
import { type Running, startProgram } from './program.ts';
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
  /** For web and workers. URLs and secrets that it lacks are made. BROKER chooses the broker. */
  env: NodeJS.ProcessEnv;
  log: Log;
  /** Prints what web and workers say, a line each under its name; to the terminal unless told. */
  print?: Log;
};

/**
 * The whole application on this machine: servers, data, build, web and workers. `stop` may come in the middle of `start`
 * and stops what there is. Both may be called twice.
 */
export class App {
  #servers: Servers | undefined;
  #broker: StartedBroker | undefined;
  #programs: Supervised[] = [];
  #build: Running | undefined;
  #port = 0;
  #socket: ListeningSocket | undefined;

  constructor(private readonly options: AppOptions) {}

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
    return this.#programs;
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
    const webs = this.#programs.filter(({ name }) => name.startsWith('web'));
    for (const web of webs) await web.replace({ readyMs: 30_000, stopMs: WEB_STOPS });
  }

  /** Stops web and workers first, which drain, then the servers that they need. Kills what does not end in time. */
  async stop(deadlineMs = 4_500): Promise<void> {
    const end = performance.now() + deadlineMs;
    this.#build?.kill();
    await Promise.all(this.#programs.map((program) => program.stop(deadlineMs * 0.55)));
    this.#socket?.close();
    const left = Math.max(end - performance.now(), 500);
    await Promise.all([this.#broker?.stop(left), this.#servers?.stop(left)]);
  }

  async #stopLeftovers() {
    const names = [...this.#webNames(), ...this.options.workers.map(workerName)];
    const stopped = await Promise.all(
      names.map((name) => stopLeftover(pidFileOf(this.options.dataDir, name), 3_000)),
    );
    if (stopped.includes(true)) this.options.log('stopped what an earlier, killed start had left running');
  }

  async #prepareData() {
    const { dataDir, env, followers, log } = this.options;
    this.#servers = await step(log, 'PostgreSQL and Redis ready', () =>
      startServers({ dataDir, given: givenUrls(env), log }),
    );
    const { databaseUrl, timelineRedisUrl } = this.#servers;
    const applied = await migrate(databaseUrl);
    if (applied.length > 0) log(`migrated: ${applied.join(', ')}`);
    await checkOperators(databaseUrl, env);
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
    log('sources changed: building the pages …');
    this.#build = startBuild(env);
    const build = this.#build;
    await step(log, 'built', () => finishBuild(build));
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

  #webNames(): string[] {
    return Array.from({ length: this.options.webs ?? 1 }, (_, n) => (n === 0 ? 'web' : `web ${n + 1}`));
  }

  async #startPrograms() {
    const { env, log, mode, workers } = this.options;
    const role = demoRole(env);
    if (role) log(role);
    for (const web of this.#webNames()) this.#supervise(web, webArgs(mode, this.#port), {}, this.#socket);
    for (const worker of workers)
      this.#supervise(workerName(worker), workerArgs(mode), { WORKER_NAME: worker });
    await step(log, 'web answers', () => this.#untilAnswered());
  }

  #supervise(name: string, args: string[], env: Record<string, string>, socket?: ListeningSocket) {
    const start = () =>
      startProgram({
        name,
        command: process.execPath,
        args,
        cwd: ROOT,
        env: { ...this.#childEnv(), ...env },
        output: logAs(name, this.options.print),
        pidFile: pidFileOf(this.options.dataDir, name),
        ...(socket && { socket }),
      });
    this.#programs.push(keepRunning(start(), async () => start(), this.options.log));
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

/** The servers that the environment names, to be used instead of embedded ones. */
export function givenUrls(env: NodeJS.ProcessEnv): Partial<ServerUrls> {
  return {
    ...(env.DATABASE_URL ? { databaseUrl: env.DATABASE_URL } : {}),
    ...(env.QUEUE_REDIS_URL ? { queueRedisUrl: env.QUEUE_REDIS_URL } : {}),
    ...(env.TIMELINE_REDIS_URL ? { timelineRedisUrl: env.TIMELINE_REDIS_URL } : {}),
  };
}

/**
 * MB for what a web process has just made. A page of home is 12 KB that nobody needs after its answer. By default V8 looks
 * through 16 MB: p99 of home at 5,000 pages a second was 10.5 ms, and is 9.4.
 */
const NURSERY = '--max-semi-space-size=32';

// Children are `node …` themselves, never npm or a shell, so that signals reach them.
function webArgs(mode: AppOptions['mode'], port: number): string[] {
  if (mode === 'start') return [NURSERY, '--import', 'tsx', 'api/main.ts', 'start', '--fd', '3'];
  const watch = ['node_modules/tsx/dist/cli.mjs', 'watch', '--clear-screen=false'];
  return [...watch, 'api/main.ts', 'dev', '--port', String(port)];
}

function workerArgs(mode: AppOptions['mode']): string[] {
  if (mode === 'start') return ['--import', 'tsx', 'worker/main.ts'];
  return ['node_modules/tsx/dist/cli.mjs', 'watch', '--clear-screen=false', 'worker/main.ts'];
}

function workerName(worker: string): string {
  return `worker ${worker}`;
}

/** A web process drains within this, see api/drain.ts. */
const WEB_STOPS = 2_400; // ms

// In a file, so that a restart signs nobody out.
function sessionSecret(dataDir: string): string {
  const file = join(dataDir, 'session-secret');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}

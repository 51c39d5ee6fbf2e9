import { keepRunning, type Supervised } from './keep-running.ts';
import { DESCRIPTORS, type ListeningSocket } from './listening-socket.ts';
import { type Log, logAs } from './log.ts';
import { nodeArgs, ROOT } from './paths.ts';
import { pidFileOf, stopLeftover } from './pid-file.ts';
import { type Program, startProgram } from './program.ts';

export type ProgramsOptions = {
  /** `dev` has hot reload, `start` the production build. */
  mode: 'start' | 'dev';
  /** Web processes. */
  webs: number;
  /** What a web process runs; without it the production build, or hot reload. */
  web?: string[];
  /** Whether `start` runs what was compiled, or the sources by tsx. */
  compiled: boolean;
  /** Names of the workers that a start begins with. */
  workers: string[];
  dataDir: string;
  log: Log;
  /** Prints what they say; to the terminal when undefined. */
  print?: Log | undefined;
  /** Hears what a web process sends, and may reply to that very process. */
  messages: NonNullable<Program['messages']>;
};

/** What the programs run on; known once the servers are up. */
export type Ground = { env: NodeJS.ProcessEnv; port: number; socket: ListeningSocket | undefined };

/** The web and worker processes of one application, each started again when it ends. */
export class Programs {
  #webs: Supervised[] = [];
  #workers: Supervised[] = [];
  #ground: Ground | undefined;

  constructor(private readonly options: ProgramsOptions) {}

  get compiled(): boolean {
    return this.options.compiled;
  }

  get webs(): readonly Supervised[] {
    return this.#webs;
  }

  get workers(): readonly Supervised[] {
    return this.#workers;
  }

  /** Stops what an earlier, killed supervisor left running; true when there was something. */
  async stopLeftovers(): Promise<boolean> {
    const letters = [...new Set([...this.options.workers, ...LETTERS])];
    const names = [...this.#webNames(), ...letters.map(workerName)];
    const stopped = await Promise.all(
      names.map((name) => stopLeftover(pidFileOf(this.options.dataDir, name), 3_000)),
    );
    return stopped.includes(true);
  }

  start(ground: Ground): void {
    this.#ground = ground;
    const { workers, web } = this.options;
    for (const name of this.#webNames())
      this.#webs.push(
        this.#supervise(ground, { name, args: web ?? webArgs(this.options, ground.port), isWeb: true }),
      );
    for (const worker of workers) this.#workers.push(this.#startWorker(ground, worker));
  }

  /** Starts workers or stops them as a deployment does, until there are so many. The last to come go first. */
  async resizeWorkers(count: number): Promise<void> {
    const ground = this.#ground;
    if (!ground) throw new Error('The programs have not been started');
    while (this.#workers.length < count) {
      const taken = new Set(this.#workers.map(({ name }) => name));
      const letter = LETTERS.find((each) => !taken.has(workerName(each)));
      if (!letter) throw new Error(`Expected at most ${LETTERS.length} workers, got ${count}`);
      this.#workers.push(this.#startWorker(ground, letter));
    }
    const leaving = this.#workers.splice(count);
    await Promise.all(leaving.map((worker) => worker.stop(WORKER_STOPS)));
  }

  /** Replaces the web processes one by one, as a deployment does. No connection is refused. */
  async replaceWebs(): Promise<void> {
    for (const web of this.#webs) await web.replace({ readyMs: 30_000, stopMs: WEB_STOPS });
  }

  /** Stops the workers and starts them again, one after another: the others go on meanwhile. */
  async replaceWorkers(): Promise<void> {
    for (const worker of [...this.#workers]) {
      await worker.down('stop');
      await worker.up();
    }
  }

  /** May be called twice. */
  async stop(deadlineMs: number): Promise<void> {
    await Promise.all([...this.#webs, ...this.#workers].map((program) => program.stop(deadlineMs)));
  }

  #webNames(): string[] {
    return Array.from({ length: this.options.webs }, (_, n) => (n === 0 ? 'web' : `web ${n + 1}`));
  }

  #startWorker(ground: Ground, letter: string): Supervised {
    const env = { WORKER_NAME: letter, ...metricsPort(ground.env, letter) };
    return this.#supervise(ground, { name: workerName(letter), args: workerArgs(this.options), env });
  }

  #supervise(ground: Ground, program: { name: string; args: string[]; env?: object; isWeb?: boolean }) {
    const { dataDir, log, print, messages } = this.options;
    const { name, args, env, isWeb } = program;
    const start = () =>
      startProgram({
        ...{ name, args, command: process.execPath, cwd: ROOT },
        env: { ...ground.env, ...env },
        output: logAs(name, print, ground.env.LOG_FORMAT === 'json'),
        pidFile: pidFileOf(dataDir, name),
        ...(isWeb && ground.socket && { socket: ground.socket, messages }),
      });
    return keepRunning(start(), async () => start(), log);
  }
}

const LETTERS = ['A', 'B', 'C', 'D', 'E', 'F'];

/** METRICS_PORT is the first worker's. Each letter has a port of its own, so that a worker that is started again keeps it. */
function metricsPort({ METRICS_PORT: first }: NodeJS.ProcessEnv, letter: string): Record<string, string> {
  return first ? { METRICS_PORT: String(Number(first) + Math.max(0, LETTERS.indexOf(letter))) } : {};
}

const workerName = (letter: string): string => `worker ${letter}`;

/**
 * MB for new objects of a web process. A page of home is 12 KB, which nobody needs after the answer. V8's default is
 * 16 MB, and it collects them more often. With 32 MB, p99 of home at 5,000 pages a second is 9.4 ms instead of 10.5.
 */
const NURSERY = '--max-semi-space-size=32';

// Children are `node …` themselves, never npm or a shell, so that signals reach them.
function webArgs({ mode, compiled }: ProgramsOptions, port: number): string[] {
  const fds = Array.from({ length: DESCRIPTORS }, (_, n) => ['--fd', String(3 + n)]).flat();
  if (mode === 'start') return [NURSERY, ...nodeArgs('api/main.ts', compiled), 'start', ...fds];
  const watch = ['node_modules/tsx/dist/cli.mjs', 'watch', '--clear-screen=false'];
  return [...watch, 'api/main.ts', 'dev', '--port', String(port)];
}

function workerArgs({ mode, compiled }: ProgramsOptions): string[] {
  if (mode === 'start') return nodeArgs('worker/main.ts', compiled);
  return ['node_modules/tsx/dist/cli.mjs', 'watch', '--clear-screen=false', 'worker/main.ts'];
}

/** A web process drains within this time, see api/drain.ts. */
const WEB_STOPS = 2_400; // ms

/** A worker drains within 2 s, see worker/main.ts. */
const WORKER_STOPS = 2_500; // ms

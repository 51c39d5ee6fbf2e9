import { nodeArgs, ROOT } from '#dev/paths.ts';
import { freePort, until } from '#dev/ports.ts';
import { type Running, startProgram } from '#dev/program.ts';
import type { ServerUrls } from '#dev/servers.ts';

/** A web and a worker process as `npm start` runs them, without Next's pages, and what they print. */
export type ObservedSystem = {
  url: string;
  /** Where the worker tells its figures. */
  metricsPort: number;
  lines: readonly string[];
  stop(): Promise<void>;
};

/** Starts both; `env` has what watches them. */
export async function startObserved(
  { databaseUrl, queueRedisUrl, timelineRedisUrl }: ServerUrls,
  env: Record<string, string>,
): Promise<ObservedSystem> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const lines: string[] = [];
  const all = {
    ...{ ...process.env, SESSION_SECRET: 'a secret of the tests', WORKER_NAME: 'A', ...env },
    ...{ DATABASE_URL: databaseUrl, QUEUE_REDIS_URL: queueRedisUrl, TIMELINE_REDIS_URL: timelineRedisUrl },
    METRICS_PORT: String(metricsPort),
  };
  const start = (name: string, program: string, ...args: string[]): Running =>
    startProgram({
      ...{ name, command: process.execPath, args: [...nodeArgs(program), ...args], cwd: ROOT, env: all },
      output: (line) => void lines.push(line),
    });
  const programs = [start('web', 'testing/web-process.ts', String(port)), start('worker', 'worker/main.ts')];
  const stop = async () => void (await Promise.all(programs.map((program) => program.stop(3_000))));
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(() => fetch(`${url}/healthz`), 60_000);
    await until(() => fetch(`http://127.0.0.1:${metricsPort}/metrics`), 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, metricsPort, lines, stop };
}

import type { Log } from '#dev/log.ts';
import { freePort, until } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import { median } from '#lab/harness/statistics.ts';
import { type Collecting, measureHeld } from '#lab/stage/web-at-rest.ts';

/** The memory and speed of a web process while nobody else asks it anything. */
export type Condition = {
  heapMb: number;
  rssMb: number;
  /** Milliseconds of an empty route, the median. */
  emptyMs: number;
  /** The same as a multiple of {@link Bare}. */
  emptyTimes: number;
};

/**
 * How many times higher each may be at the end than after a tenth of the run: caches fill, a collector is not exact.
 */
export const GOALS = { heapMb: 1.2, rssMb: 1.3, emptyTimes: 1.5 };
const NAMES = ['heapMb', 'rssMb', 'emptyTimes'] as const;

/** A bare server of Node in a process of its own. If it slows down like the web process, the machine is to blame. */
export type Bare = { url: string; stop(): Promise<unknown> };

const BARE = `require('node:http').createServer((_, answer) => answer.end('{}')).listen(process.argv[1], '127.0.0.1')`;

/** Starts a bare server. */
export async function startBare(log: Log): Promise<Bare> {
  const port = await freePort();
  const args = ['--eval', BARE, String(port)];
  const bare = startProgram({ name: 'bare', command: process.execPath, args, output: log });
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(url), 10_000);
  return { url, stop: () => bare.stop(1_000) };
}

const PROBES = 500; // of each server, in turn; about 0.3 ms each

/** Measures a web process: what it holds after a collection, and an empty route, one request at a time. */
export async function measureCondition(web: Collecting, bare: Bare): Promise<Condition> {
  const empty: number[] = [];
  const beside: number[] = [];
  for (let probe = 0; probe < PROBES; probe++) {
    empty.push(await timed(`${web.url}/healthz`));
    beside.push(await timed(bare.url));
  }
  const { heapMb, rssMb } = await measureHeld(web);
  const emptyMs = median(empty);
  return { heapMb, rssMb, emptyMs, emptyTimes: emptyMs / median(beside) };
}

async function timed(url: string): Promise<number> {
  const started = performance.now();
  await fetch(url).then((answer) => answer.text());
  return performance.now() - started;
}

/** Lists in words what a run has made worse than it may. */
export function grown(first: Condition, last: Condition): string[] {
  const worse = NAMES.filter((name) => !(last[name] / first[name] <= GOALS[name]));
  return worse.map(
    (name) => `${name}: ${first[name].toFixed(2)} after a tenth, ${last[name].toFixed(2)} at the end`,
  );
}

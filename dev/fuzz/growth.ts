import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '#bench/run/statistics.ts';
import { readMetrics } from './aftermath.ts';

/** How a web process does at one moment, with nothing else asked of it. */
export type Condition = { heapMb: number; rssMb: number; emptyMs: number };

/** How much worse a run may leave it than its first tenth did: caches fill, a collector is not exact. */
export const GOALS: Condition = { heapMb: 1.2, rssMb: 1.3, emptyMs: 1.5 };

const NAMES = ['heapMb', 'rssMb', 'emptyMs'] as const;

/** Given to Node by NODE_OPTIONS, so that what is measured is what is held, and not what waits to be collected. */
export const COLLECTS = `--expose-gc --import data:text/javascript,${encodeURIComponent(
  "process.on('SIGUSR2', () => globalThis.gc())",
)}`;

const PROBES = 500; // of about 0.3 ms each
const MB = 1024 * 1024;

/** Measures the web process with this id: what it holds after a collection, and an empty route, one request at a time. */
export async function measureCondition(url: string, pid: number): Promise<Condition> {
  const times: number[] = [];
  for (let probe = 0; probe < PROBES; probe++) {
    const started = performance.now();
    await fetch(`${url}/healthz`).then((answer) => answer.text());
    times.push(performance.now() - started);
  }
  process.kill(pid, 'SIGUSR2');
  await sleep(500); // longer than a collection takes
  const figures = await readMetrics(url);
  const heap = figures.get('nodejs_heap_size_used_bytes') ?? Number.NaN;
  const rss = figures.get('process_resident_memory_bytes') ?? Number.NaN;
  return { heapMb: heap / MB, rssMb: rss / MB, emptyMs: median(times) };
}

/** What a run has made worse than it may, in words. */
export function grown(first: Condition, last: Condition): string[] {
  const worse = NAMES.filter((name) => !(last[name] / first[name] <= GOALS[name]));
  return worse.map(
    (name) => `${name}: ${first[name].toFixed(2)} after a tenth, ${last[name].toFixed(2)} at the end`,
  );
}

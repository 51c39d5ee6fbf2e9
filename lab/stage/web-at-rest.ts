import { setTimeout as sleep } from 'node:timers/promises';
import type { Findings } from '#lab/harness/findings.ts';

/** A web process that collects garbage when it is told to. See {@link COLLECTS}. */
export type Collecting = { url: string; pid: number };

/** Megabytes that a web process holds when it has collected its garbage. */
export type Held = {
  /** Objects and buffers that are in use. It does not depend on when garbage was collected before. */
  inUseMb: number;
  heapMb: number;
  rssMb: number;
};

/** For NODE_OPTIONS: the process collects garbage at a signal, so that only memory in use is measured. */
export const COLLECTS = `--expose-gc --import data:text/javascript,${encodeURIComponent(
  "process.on('SIGUSR2', () => globalThis.gc())",
)}`;

const MB = 1024 * 1024;

const COLLECTIONS = 3;

/**
 * Measures what a web process holds after a collection. Buffers are given back some time after it, and a busy machine may
 * be late with all of that: of three measurements the lowest counts.
 */
export async function measureHeld(web: Collecting): Promise<Held> {
  const measured: Held[] = [];
  for (let n = 0; n < COLLECTIONS; n++) measured.push(await collectAndMeasure(web));
  return measured.reduce((least, each) => (each.inUseMb < least.inUseMb ? each : least));
}

async function collectAndMeasure({ url, pid }: Collecting): Promise<Held> {
  process.kill(pid, 'SIGUSR2');
  await sleep(300); // longer than a collection takes
  const figures = await readMetrics(url);
  const megabytes = (name: string) => (figures.get(name) ?? Number.NaN) / MB;
  const heapMb = megabytes('nodejs_heap_size_used_bytes');
  const inUseMb = heapMb + megabytes('nodejs_external_memory_bytes');
  return { inUseMb, heapMb, rssMb: megabytes('process_resident_memory_bytes') };
}

const LEFT = 20_000; // ms; the server gives up a half-sent request after 15 s

const COUNTED = ['requests_in_flight', 'requests_half_sent', 'streams_open'];

/** Waits until no counter of the web process shows a request any more. Lists the counters that still do in the end. */
export async function untilNothingLeft(url: string, patience = LEFT): Promise<string[]> {
  const end = performance.now() + patience;
  for (;;) {
    const figures = await readMetrics(url);
    const left = COUNTED.filter((name) => figures.get(name) !== 0);
    if (left.length === 0) return [];
    if (performance.now() > end)
      return left.map((name) => `${name} is ${figures.get(name)} with nothing sent`);
    await sleep(200);
  }
}

/** The metrics of a web process that have no labels. */
export async function readMetrics(url: string): Promise<Map<string, number>> {
  const text = await fetch(`${url}/metrics`).then((answer) => answer.text());
  const lines = text.matchAll(/^(\w+) (\S+)$/gm);
  return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

/** How many times the memory of before may be in use after a round: a new process fills its caches again. */
const MORE = 1.5;

/**
 * Looks for what a round has left in the web process: requests and streams that nobody waits for, and memory. Returns
 * what it holds now, to compare with in later rounds.
 */
export async function checkWeb(
  { web }: { web: { url: string; running: { pid: number } } },
  findings: Findings,
  before: Held | undefined,
): Promise<Held> {
  for (const left of await untilNothingLeft(web.url)) findings.add('left over', left);
  const now = await measureHeld({ url: web.url, pid: web.running.pid });
  if (before && isMore(now, before))
    findings.add('memory kept', `${inMb(now)} are in use, ${inMb(before)} were`);
  return now;
}

/** Whether more is in use than a round may leave. A figure that cannot be measured counts as more. */
export const isMore = (now: Held, before: Held): boolean => !(now.inUseMb <= before.inUseMb * MORE);

const inMb = ({ inUseMb }: Held) => `${inUseMb.toFixed(1)} MB`;

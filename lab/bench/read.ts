import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '#dev/paths.ts';
import { freePort } from '#dev/ports.ts';
import { inTurn, type Ways } from '#lab/harness/in-turn.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { compareInPairs, median, percentile } from '#lab/harness/statistics.ts';
import { driveAndSettle, PAGE, pageRequests, type Reader, type ReadOnce, readEach } from '#lab/load/pages.ts';
import { installWrk, type Measurement, type Request, writeRequests } from '#lab/load/wrk.ts';
import { type Application, CACHE_MB, openApplication } from '#lab/stage/application.ts';
import { Changes, type Checked } from './read/changes.ts';
import { startLimits } from './read/limits.ts';
import { addReaders, type ShapeName } from './read/readers.ts';
import { type Rates, rateTable } from './read/tables.ts';

/*
 * Pages of home a second over HTTP. Beside them, in the same run, stand two limits: the ids of a page from Redis alone
 * behind bare Hono, and an empty answer by bare Hono in the web process itself.
 *
 * Readers read more tweets than the application may keep in memory. All the while tweets are deleted and authors
 * unfollowed, and each change is checked on every later page of the readers who look for it.
 */

type Sizes = 'readers' | 'seconds' | 'rounds' | 'changes';

const CONNECTIONS = [1, 16, 64] as const;
const CHECKING = 200; // readers whose pages are checked: so many that none of them unfollows all authors

async function measure(run: Run<Sizes>) {
  installWrk();
  const bare = await freePort();
  const app = await openApplication(run, { cwd: ROOT, name: 'application', env: bareOn(bare) });
  const { readers, cold, seen } = await prepareReaders(app, run);
  const ways = await waysOf(app, readers, { run, bare });
  await warmUp(ways);
  const changes = beginChanges(app, readers.full.slice(0, CHECKING), run.sizes.changes);
  const warm = await inTurn(ways, run.sizes.rounds, ({ name, round, result }) =>
    run.log(`round ${round + 1}: ${name} connections ${Math.round(result.perSecond)}/s`),
  );
  const checked = await changes.end();
  return {
    machine: app.machine,
    runs: runsOf(warm),
    figures: {
      ...figuresOf(warm),
      violations: checked.violations.length,
      cache_of_need: CACHE_MB / keptMb(seen, run.sizes.readers),
    },
    tables: [rateTable({ ...warm, ...cold }, notesOf(run.sizes, seen, checked))],
  };
}

/** Variables by which the web process also serves bare Hono, on this port. See bare.mjs. */
const bareOn = (port: number) => ({
  NODE_OPTIONS: `--import ${pathToFileURL(join(ROOT, 'lab/bench/read/bare.mjs'))}`,
  BARE_PORT: String(port),
});

/**
 * Adds the readers and lets each read once. The first pages of full timelines are measured as cold ones, the others
 * warm up.
 */
async function prepareReaders(app: Application, { sizes, log }: Run<Sizes>) {
  log(`3 × ${sizes.readers} readers …`);
  const readers: Record<ShapeName, Reader[]> = {
    short: await addReaders(app, 'short', sizes.readers),
    full: await addReaders(app, 'full', sizes.readers),
    wide: await addReaders(app, 'wide', sizes.readers),
  };
  log('each reads once, cold …');
  const third = Math.ceil(sizes.readers / CONNECTIONS.length);
  const cold: Rates = {};
  for (const [n, connections] of CONNECTIONS.entries())
    cold[`cold ${connections}`] = [
      asMeasurement(await readEach(app.url, readers.full.slice(n * third, (n + 1) * third), connections)),
    ];
  for (const shape of ['short', 'wide'] as const) await readEach(app.url, readers[shape], 16);
  return { readers, cold, seen: await readEach(app.url, readers.full, 16) };
}

const asMeasurement = ({ ms, perSecond }: ReadOnce): Measurement => ({
  requests: ms.length,
  perSecond,
  p50: median(ms),
  p99: percentile(ms, 99),
});

const WARM = ['short', 'full', 'wide', 'ids', 'healthz', 'bare'] as const;

/** Each kind at each number of connections: `full 16`. */
async function waysOf(
  app: Application,
  readers: Record<ShapeName, Reader[]>,
  { run, bare }: { run: Run<Sizes>; bare: number },
): Promise<Ways<string, Measurement>> {
  const { seconds } = run.sizes;
  const limits = await startLimits(app, run);
  const load = (name: string, url: string, requests: Request[]) => ({
    url,
    requests: writeRequests(join(run.dataDir, `${name}.requests`), requests),
  });
  const get = (path: string): Request => ({ method: 'GET', path });
  const loads = {
    short: load('short', app.url, pageRequests(readers.short)),
    full: load('full', app.url, pageRequests(readers.full)),
    wide: load('wide', app.url, pageRequests(readers.wide)),
    ids: load(
      'ids',
      limits,
      readers.full.map(({ id }) => get(`/ids/${id}`)),
    ),
    healthz: load('healthz', app.url, [get('/healthz')]),
    bare: load('bare', `http://127.0.0.1:${bare}`, [get('/')]),
  };
  const ways: Ways<string, Measurement> = {};
  for (const name of WARM)
    for (const connections of CONNECTIONS)
      ways[`${name} ${connections}`] = () =>
        driveAndSettle({ ...loads[name], connections, seconds }, app.url, readers.full);
  return ways;
}

async function warmUp(ways: Ways<string, Measurement>): Promise<void> {
  for (const name of WARM) await ways[`${name} 16`]?.();
}

/** Makes changes until `end`, which resolves with what was checked. If a change has failed, `end` rejects. */
function beginChanges(app: Application, readers: Reader[], perSecond: number) {
  const ending = new AbortController();
  const running = new Changes(app, readers).run(perSecond, ending.signal);
  running.catch(() => {}); // `end` reports it
  return {
    end: (): Promise<Checked> => {
      ending.abort();
      return running;
    },
  };
}

function figuresOf(warm: Rates) {
  const rates = (name: string) => measured(warm, name).map(({ perSecond }) => perSecond);
  // The median of the rounds' ratios. A slow minute slows both values of a round.
  const ratio = (ours: string, limit: string) => compareInPairs(rates(ours), rates(limit)).median;
  return {
    pages_per_second: median(rates('full 16')),
    p99_ms: median(measured(warm, 'full 16').map(({ p99 }) => p99)),
    vs_empty: ratio('healthz 16', 'bare 16'),
    vs_store: ratio('full 16', 'ids 16'),
  };
}

const runsOf = (warm: Rates) => ({
  p50: { unit: 'ms' as const, values: measured(warm, 'full 16').map(({ p50 }) => p50) },
  p99: { unit: 'ms' as const, values: measured(warm, 'full 16').map(({ p99 }) => p99) },
});

function measured(rates: Rates, name: string): Measurement[] {
  const found = rates[name];
  if (!found) throw new Error(`Expected measurements of ${name}, there are some of ${Object.keys(rates)}`);
  return found;
}

/** Megabytes as core/timelines/home-cache.ts counts them: the tweets, and for each reader 100 ids and 40 authors. */
const keptMb = ({ tweets, bytes }: ReadOnce, readers: number): number =>
  (150 * tweets + bytes + (400 + 8 * (100 + 40)) * readers) / 1024 ** 2;

function notesOf(
  { readers, seconds, rounds }: Run<Sizes>['sizes'],
  seen: ReadOnce,
  checked: Checked,
): string[] {
  const { deletes, unfollows, perSecond, pages, violations } = checked;
  const mb = (seen.bytes / 1e6).toFixed(1);
  return [
    `medians of ${rounds} rounds of ${seconds} s in turn, answers a second by wrk; ${readers} readers of each kind`,
    `full: the readers read ${seen.tweets.toLocaleString('en')} different tweets, ${mb} MB as JSON, and ${seen.shortest} of ${PAGE} a page at least`,
    `kept in memory, tweets and timelines would take ${keptMb(seen, readers).toFixed(1)} MB; the application may keep ${CACHE_MB} (HOME_CACHE_MB)`,
    'cold: every reader’s first page, once, from Node: its timeline is built',
    `meanwhile ${deletes} deletes and ${unfollows} unfollows, ${perSecond.toFixed(1)} a second; of ${pages.toLocaleString('en')} pages after them ${violations.length} violations`,
    ...violations.slice(0, 5),
  ];
}

await runBench<Sizes>({
  name: 'read',
  sizes: { readers: 820, seconds: 4, rounds: 3, changes: 10 },
  goals: {
    p99_ms: { atMost: 10 },
    vs_empty: { atLeast: 0.7 },
    vs_store: { atLeast: 0.3 },
    violations: { atMost: 0 },
    cache_of_need: { atMost: 0.9 }, // otherwise the bench measures something else
  },
  measure,
});

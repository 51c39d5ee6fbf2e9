import { join } from 'node:path';
import { ROOT } from '#dev/paths.ts';
import { addAuthors } from '#lab/bench/posts/authors.ts';
import { playRound } from '#lab/bench/posts/round.ts';
import { addReaders } from '#lab/bench/read/readers.ts';
import { inTurn, type Ways } from '#lab/harness/in-turn.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { certaintyOf, compareInPairs, median, type PairedRatio } from '#lab/harness/statistics.ts';
import { significant, type Table, time } from '#lab/harness/table.ts';
import { driveAndSettle, pageRequests, readEach } from '#lab/load/pages.ts';
import { installWrk, writeRequests } from '#lab/load/wrk.ts';
import { type Application, openApplication } from '#lab/stage/application.ts';
import { type CheckedOut, checkOut, copyPackages } from './check-out.ts';

/*
 * Reads pages and posts tweets on this code and on an earlier commit, in turn, over HTTP alone. Each is started by its
 * own `npm start`, with its own packages, build, servers and data. People are made in SQL that fits both, and timelines
 * are warmed by reading. So no code of either is imported.
 */

type Sizes = 'readers' | 'pairs' | 'seconds';
export type HttpComparison = 'read' | 'posts';

/** The last commit whose HTTP interface was Next's. */
const LAST_OF_NEXT = '416bef6';

const CONNECTIONS = 16;
/** The two that are compared: this code, and the earlier commit. */
export const VERSIONS = ['now', 'before'] as const;
type Version = (typeof VERSIONS)[number];

/** A figure of one round: answers or finished posts a second, and the latency of an answer. */
type Round = { perSecond: number; p50: number; p99: number };

/** Compares in pairs with the commit `ref`, or with {@link LAST_OF_NEXT} when it is empty. */
export async function compareOverHttp(run: Run<Sizes>, what: HttpComparison[], ref: string) {
  installWrk();
  const before = checkOut(ref || LAST_OF_NEXT, join(run.dataDir, 'before-over-http'));
  copyPackages(before);
  const apps = {
    before: await openApplication(run, { cwd: before.dir, name: 'before' }),
    now: await openApplication(run, { cwd: ROOT, name: 'now' }),
  };
  const compared: Partial<Record<HttpComparison, Compared>> = {};
  for (const each of what) {
    run.log(`${each}: people …`);
    const ways = {
      now: await PREPARE[each](apps.now, ofVersion(run, 'now')),
      before: await PREPARE[each](apps.before, ofVersion(run, 'before')),
    };
    compared[each] = await playPairs(ways, run, each);
  }
  return { machine: apps.now.machine, compared, table: tableOf(compared, before, run.sizes) };
}

const ofVersion = (run: Run<Sizes>, version: Version) => ({ ...run, dataDir: join(run.dataDir, version) });

type Compared = { rounds: Record<Version, Round[]>; ratio: PairedRatio };

async function playPairs(ways: Ways<Version, Round>, { sizes, log }: Run<Sizes>, what: HttpComparison) {
  const all = await inTurn(ways, sizes.pairs + 1, ({ name, round, result }) =>
    log(`${round === 0 ? 'warm-up' : `pair ${round}`}: ${what}, ${name} ${Math.round(result.perSecond)}/s`),
  );
  const rounds = mapValues(all, (results) => results.slice(1));
  const [now, before] = VERSIONS.map((version) => rounds[version].map(({ perSecond }) => perSecond));
  return { rounds, ratio: compareInPairs(now ?? [], before ?? []) };
}

/** Makes the people of a comparison and returns what measures one round of it. */
type Prepare = (app: Application, run: Run<Sizes>) => Promise<() => Promise<Round>>;

const PREPARE: Record<HttpComparison, Prepare> = {
  async read(app, { dataDir, sizes: { readers: count, seconds } }) {
    const readers = await addReaders(app, 'full', count);
    await readEach(app.url, readers, CONNECTIONS);
    const requests = writeRequests(join(dataDir, 'full.requests'), pageRequests(readers));
    const load = { url: app.url, requests, connections: CONNECTIONS, seconds };
    return () => driveAndSettle(load, app.url, readers);
  },
  async posts(app, run) {
    const { mix } = await addAuthors(app, run);
    return () => playRound(app, mix, { connections: CONNECTIONS, seconds: run.sizes.seconds });
  },
};

const ALL: HttpComparison[] = ['read', 'posts'];
const TITLES: Record<HttpComparison, string> = {
  read: 'pages of home, full timelines',
  posts: 'posts to their last delivery',
};

function tableOf(
  compared: Partial<Record<HttpComparison, Compared>>,
  { commit, subject }: CheckedOut,
  { pairs, seconds }: Run<Sizes>['sizes'],
): Table {
  const rows = ALL.flatMap((each) => {
    const found = compared[each];
    return found ? VERSIONS.map((version) => rowOf(`${TITLES[each]}, ${version}`, version, found)) : [];
  });
  return {
    title: `Over HTTP, ${CONNECTIONS} connections, ${pairs} pairs in turn of ${seconds} s after one to warm up`,
    head: ['', 'a second', 'p50', 'p99', '× before', 'min .. max'],
    rows,
    notes: [
      `before: ${commit} ${subject}; each with its own packages, servers and data`,
      `× before: the median of the pairs; the true one is from min to max with ${significant(100 * certaintyOf(pairs))} %`,
    ],
  };
}

function rowOf(title: string, version: Version, { rounds, ratio }: Compared): string[] {
  const middle = (figure: keyof Round) => median(rounds[version].map((round) => round[figure]));
  const figures = [significant(middle('perSecond')), time(middle('p50'), 'ms'), time(middle('p99'), 'ms')];
  if (version === 'before') return [title, ...figures, '1', ''];
  const range = `${significant(ratio.min)} .. ${significant(ratio.max)}`;
  return [title, ...figures, significant(ratio.median), range];
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROOT } from '#dev/paths.ts';
import { inTurn } from '#lab/harness/in-turn.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median } from '#lab/harness/statistics.ts';
import { range, significant, type Table, time } from '#lab/harness/table.ts';
import { installWrk } from '#lab/load/wrk.ts';
import { type Application, openApplication } from '#lab/stage/application.ts';
import { addAuthors, type Group } from './posts/authors.ts';
import { playRound, type Round } from './posts/round.ts';
import { msOf } from './posts/tables.ts';

/*
 * What traces cost: the CPU of web and workers for a tweet and all of its deliveries, with traces off, with one of a hundred
 * requests traced, and with all of them. The applications take turns. One more has traces off as well: what differs between
 * these two is noise.
 */

type Sizes = 'seconds' | 'rounds';

const SHARES = { off: null, off_again: null, one_percent: 0.01, all: 1 };
type Way = keyof typeof SHARES;
type Traced = { app: Application; group: Group };

async function measure(run: Run<Sizes>) {
  installWrk();
  const collector = await openCollector(run);
  const apps = {} as Record<Way, Traced>;
  for (const name of Object.keys(SHARES) as Way[]) apps[name] = await open(run, name, collector.url);
  const { rounds: count, seconds } = run.sizes;
  const play = ({ app, group }: Traced) => playRound(app, group, { connections: 16, seconds });
  for (const app of Object.values(apps)) await play(app); // caches are cold, and code is not compiled yet
  collector.taken.bytes = 0;
  const rounds = await inTurn(
    mapValues(apps, (app) => () => play(app)),
    count,
    ({ name, round, result }) =>
      run.log(`round ${round + 1}: ${name} ${time(cpuOf(result), 'ms')} of CPU a post`),
  );
  return {
    machine: apps.off.app.machine,
    runs: mapValues(rounds, (of) => ({ unit: 'ms' as const, values: of.map(cpuOf) })),
    figures: {
      off_again_ratio: ratioOf(rounds, 'off_again'),
      one_percent_ratio: ratioOf(rounds, 'one_percent'),
      all_ratio: ratioOf(rounds, 'all'),
    },
    tables: [table(rounds, run.sizes, collector.taken.bytes)],
  };
}

/** Starts an application with its own people. */
async function open(run: Run<Sizes>, name: Way, collector: string): Promise<Traced> {
  const share = SHARES[name];
  const env = share !== null && {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    ...{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: `${share}` },
  };
  const app = await openApplication(run, { cwd: ROOT, name, env: env || {} });
  const { mix } = await addAuthors(app, { ...run, dataDir: `${run.dataDir}/${name}` });
  return { app, group: mix };
}

/** Takes whatever it is sent, and counts the bytes. What that costs is not counted: it is the collector's. */
async function openCollector({ onEnd }: Run<Sizes>) {
  const taken = { bytes: 0 };
  const server = createServer((incoming, outgoing) => {
    incoming.on('data', (piece: Buffer) => {
      taken.bytes += piece.length;
    });
    incoming.on('end', () => outgoing.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(async () => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken };
}

/** Milliseconds of CPU that a post and its deliveries take in web and workers. */
const cpuOf = (round: Round): number => msOf('web', round) + msOf('worker', round);

/** The median of the ratios to the application without traces, round by round. */
const ratioOf = (rounds: Record<Way, Round[]>, way: Way): number =>
  median(rounds[way].map((round, n) => cpuOf(round) / cpuOf(rounds.off[n] ?? round)));

const TITLES: Record<Way, string> = {
  off: 'off',
  off_again: 'off, another application',
  one_percent: 'one of a hundred',
  all: 'all',
};

function table(rounds: Record<Way, Round[]>, sizes: Run<Sizes>['sizes'], bytes: number): Table {
  const rows = mapValues(TITLES, (title, way) => {
    const used = rounds[way].map(cpuOf);
    return [
      title,
      time(median(used), 'ms'),
      range({ unit: 'ms', values: used }),
      significant(median(rounds[way].map(({ perSecond }) => perSecond))),
    ];
  });
  return {
    title: `Traces: CPU of web and workers for a post to 2 to 1,000 followers, medians of ${sizes.rounds} rounds in turn`,
    head: ['requests that are traced', 'CPU a post', 'least to most', 'posts/s'],
    rows: Object.values(rows),
    notes: [`the collector was sent ${significant(bytes / 1_000_000)} MB`],
  };
}

await runBench<Sizes>({
  name: 'traces',
  sizes: { seconds: 4, rounds: 9 },
  goals: { one_percent_ratio: { atMost: 1.02 } },
  measure,
});

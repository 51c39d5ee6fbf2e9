import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { MINUTE } from '#core/durations.ts';
import { until } from '#dev/ports.ts';
import { inTurn } from '#lab/harness/in-turn.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median } from '#lab/harness/statistics.ts';
import { range, significant, type Table, time } from '#lab/harness/table.ts';
import { installWrk } from '#lab/load/wrk.ts';
import { type Application, OPEN_ADMISSION, signer } from '#lab/stage/application.ts';
import { openServers, type ServerStage } from '#lab/stage/stage.ts';
import { startScript } from '#lab/stage/start-script.ts';
import { addAuthors } from './posts/authors.ts';
import { playRound, type Round } from './posts/round.ts';

/*
 * What traces cost: the CPU of web and worker for a tweet and all of its deliveries, with traces off, with one of a hundred
 * requests traced, and with all of them. One process has all ways in it, and they take turns. One more way has traces off as
 * well: what differs between these two is noise.
 */

type Sizes = 'seconds' | 'rounds';

const PROCESS = 'web and worker';

/** The share of requests with which each way begins a trace; null is without tracing. The second one without it shows the noise. */
const SHARES = { off: null, off_again: null, one_percent: 0.01, all: 1 };
type Way = keyof typeof SHARES;

/** What the process says when it is ready: the address of each way. */
const addresses = z.object({ off: z.url(), off_again: z.url(), one_percent: z.url(), all: z.url() });

async function measure(run: Run<Sizes>) {
  installWrk();
  const collector = await openCollector(run);
  const stage = await openServers(run);
  const apps = await openApps(stage, run, collector.url);
  const { mix } = await addAuthors(apps.off, run);
  const { rounds: count, seconds } = run.sizes;
  const play = (app: Application) => playRound(app, mix, { connections: 16, seconds });
  for (let n = 0; n < WARM_UP; n++) for (const app of Object.values(apps)) await play(app);
  collector.taken.bytes = 0;
  const rounds = await inTurn(
    mapValues(apps, (app) => () => play(app)),
    count,
    ({ name, round, result }) =>
      run.log(`round ${round + 1}: ${name} ${time(cpuOf(result), 'ms')} of CPU a post`),
  );
  return {
    machine: stage.machine,
    runs: mapValues(rounds, (of) => ({ unit: 'ms' as const, values: of.map(cpuOf) })),
    figures: {
      off_again_ratio: ratioOf(rounds, 'off_again'),
      one_percent_ratio: ratioOf(rounds, 'one_percent'),
      all_ratio: ratioOf(rounds, 'all'),
    },
    tables: [table(rounds, run.sizes, collector.taken.bytes)],
  };
}

/** Rounds that do not count: caches are cold, and code is not compiled yet. */
const WARM_UP = 4;

/** Starts the process with all ways. Each of them is an application by its own address. */
async function openApps(
  stage: ServerStage,
  run: Run<Sizes>,
  collector: string,
): Promise<Record<Way, Application>> {
  const secret = randomBytes(32).toString('base64url');
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector };
  const env = { ...stage.env, ...OPEN_ADMISSION, ...tracing, SESSION_SECRET: secret };
  let said: unknown;
  const messages = (message: unknown) => {
    said = message;
  };
  const script: [string, string] = ['lab/bench/traces/process.ts', JSON.stringify(SHARES)];
  const { pid } = startScript(script, { name: PROCESS, env, messages }, run);
  const urls = await until(async () => addresses.parse(said), MINUTE);
  const { databaseUrl, timelineRedisUrl } = stage.servers;
  return mapValues(urls, (url) => ({
    ...{ url, pool: stage.pool, machine: stage.machine, databaseUrl, timelineRedisUrl },
    watched: () => [{ name: PROCESS, pid }],
    cookieOf: signer(secret),
  }));
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

/** Milliseconds of CPU that a post and its deliveries take in web and worker. */
const cpuOf = ({ cpu, posts }: Round): number => (1_000 * (cpu.get(PROCESS) ?? Number.NaN)) / posts;

/** The median of the ratios to the way without traces, round by round. */
const ratioOf = (rounds: Record<Way, Round[]>, way: Way): number =>
  median(rounds[way].map((round, n) => cpuOf(round) / cpuOf(rounds.off[n] ?? round)));

const TITLES: Record<Way, string> = {
  off: 'off',
  off_again: 'off, once more',
  one_percent: 'one of a hundred',
  all: 'all',
};

function table(rounds: Record<Way, Round[]>, sizes: Run<Sizes>['sizes'], bytes: number): Table {
  const rows = (Object.keys(SHARES) as Way[]).map((way) => {
    const used = rounds[way].map(cpuOf);
    return [
      TITLES[way],
      time(median(used), 'ms'),
      range({ unit: 'ms', values: used }),
      significant(median(rounds[way].map(({ perSecond }) => perSecond))),
    ];
  });
  return {
    title: `Traces: CPU of web and worker for a post to 2 to 1,000 followers, medians of ${sizes.rounds} rounds in turn`,
    head: ['requests that are traced', 'CPU a post', 'least to most', 'posts/s'],
    rows,
    notes: [
      `the collector was sent ${significant(bytes / 1_000_000)} MB`,
      'web and worker of every way share one process, so that all run the same compiled code',
    ],
  };
}

await runBench<Sizes>({
  name: 'traces',
  sizes: { seconds: 3, rounds: 21 },
  goals: { one_percent_ratio: { atMost: 1.02 } },
  measure,
});

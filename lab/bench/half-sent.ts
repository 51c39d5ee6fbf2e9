import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ROOT } from '#dev/paths.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { compareInPairs, median } from '#lab/harness/statistics.ts';
import { significant, time } from '#lab/harness/table.ts';
import { halfAPost, holdOpen } from '#lab/hostile/hold-open.ts';
import { otherAddress } from '#lab/hostile/intruder.ts';
import { driveAndSettle, pageRequests, readEach } from '#lab/load/pages.ts';
import { installWrk, type Measurement, writeRequests } from '#lab/load/wrk.ts';
import { openApplication } from '#lab/stage/application.ts';
import { addReaders } from './read/readers.ts';

/*
 * Another address holds 500 posts open whose bodies never end. What does that cost those who read home meanwhile? Each
 * pair reads once with these posts and once without, and pairs take turns in which comes first. The figure is the
 * median of the pairs' ratios.
 */

type Sizes = 'readers' | 'seconds' | 'pairs' | 'bodies';

const CONNECTIONS = 16;
const SETTLED = 500; // ms; by then all are open, or all are closed

async function measure(run: Run<Sizes>) {
  installWrk();
  const { readers: count, seconds, pairs, bodies } = run.sizes;
  const app = await openApplication(run, { cwd: ROOT, name: 'application' });
  const readers = await addReaders(app, 'full', count);
  await readEach(app.url, readers, CONNECTIONS);
  const requests = writeRequests(join(run.dataDir, 'full.requests'), pageRequests(readers));
  const read = () =>
    driveAndSettle({ url: app.url, requests, connections: CONNECTIONS, seconds }, app.url, readers);
  const aim = { url: app.url, from: await otherAddress() };
  const beside = async (posts: number) => {
    const ending = new AbortController();
    const halfSent = { bytes: halfAPost(aim), isRead: true, count: posts };
    const held = holdOpen(aim, halfSent, ending.signal);
    await wait(SETTLED);
    const measured = await read().finally(() => ending.abort());
    const begun = await held;
    await wait(SETTLED);
    return { ...measured, begun };
  };
  await read(); // warms up
  const alone: Measurement[] = [];
  const besides: (Measurement & { begun: number })[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) alone.push(await beside(0));
    besides.push(await beside(bodies));
    if (pair % 2 === 1) alone.push(await beside(0));
    run.log(`pair ${pair + 1}: p99 ${alone[pair]?.p99} ms alone, ${besides[pair]?.p99} ms beside them`);
  }
  const p99 = compareInPairs(p99sOf(besides), p99sOf(alone));
  return {
    machine: app.machine,
    runs: {
      alone: { unit: 'ms' as const, values: p99sOf(alone) },
      beside: { unit: 'ms' as const, values: p99sOf(besides) },
    },
    figures: { half_sent_p99_ratio: p99.median },
    tables: [
      {
        title: `Home, full, ${CONNECTIONS} connections`,
        head: ['', 'pages/s', 'p50', 'p99'],
        rows: [row('alone', alone), row(`beside ${bodies} half-sent posts`, besides)],
        notes: [
          `${pairs} pairs of ${seconds} s; p99 beside them is ${p99.min.toFixed(2)} to ${p99.max.toFixed(2)} × that alone`,
          `${median(besides.map(({ begun }) => begun))} posts were begun in each: the server ends the oldest of an address beyond 100, and each is begun anew a second later`,
        ],
      },
    ],
  };
}

const p99sOf = (measured: Measurement[]) => measured.map(({ p99 }) => p99);

const row = (title: string, measured: Measurement[]): string[] => [
  title,
  significant(median(measured.map(({ perSecond }) => perSecond))),
  time(median(measured.map(({ p50 }) => p50)), 'ms'),
  time(median(p99sOf(measured)), 'ms'),
];

await runBench<Sizes>({
  name: 'half-sent',
  sizes: { readers: 600, seconds: 5, pairs: 9, bodies: 500 },
  goals: { half_sent_p99_ratio: { atMost: 1.1 } },
  measure,
});

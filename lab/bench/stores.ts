import { join } from 'node:path';
import { secondsInTurn } from '#lab/harness/in-turn.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median, type Series } from '#lab/harness/statistics.ts';
import { range, significant, type Table, time, whole } from '#lab/harness/table.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import { ours } from './methods/ours.ts';
import { cpuTable } from './methods/trace-tables.ts';
import { cpuOf } from './stores/cpu.ts';
import { openStoresStage } from './stores/stores-stage.ts';

/*
 * One tweet to a million, in turn on one timeline store and on a Redis Cluster. All masters run on this machine, so the
 * seconds say little: what counts is the CPU that a fan-out takes, which is what it costs on machines of their own.
 */

type Sizes = 'followers' | 'runs' | 'masters';
const TWEETS = 10; // in every timeline before the first run

async function measure(run: Run<Sizes>) {
  const { followers, runs, masters } = run.sizes;
  const open = (name: string, stores: number) =>
    openStoresStage({ ...run, dataDir: join(run.dataDir, name) }, { stores, workers: 2 });
  const [one, several] = [await open('one', 1), await open('several', masters)];
  const wanted = { handle: 'short', followers, tweets: TWEETS };
  run.log(`two authors with ${whole(followers)} followers …`);
  const ways = {
    one: ours(one, { authorId: (await addAuthorWithFollowers(one.pool, one.store, wanted)).id }),
    several: ours(several, {
      authorId: (await addAuthorWithFollowers(several.pool, several.store, wanted)).id,
    }),
  };
  const series = await secondsInTurn({ one: ways.one.run, several: ways.several.run }, runs, run.log);
  const traces = {
    'one store': ways.one.traces.slice(1),
    [`${masters} masters`]: ways.several.traces.slice(1),
  };
  const [before, now] = [cpuOf(ways.one.traces), cpuOf(ways.several.traces)];
  return {
    machine: one.machine,
    runs: series,
    figures: { cpu_one: before, cpu_several: now, cpu_ratio: now / before },
    tables: [table(series, { one: before, several: now }, run.sizes), cpuTable(traces)],
  };
}

type Sides<T> = { one: T; several: T };

function table(
  series: Sides<Series>,
  cpu: Sides<number>,
  { followers, runs, masters }: Run<Sizes>['sizes'],
): Table {
  const row = (name: string, of: keyof Sides<unknown>) => [
    name,
    time(median(series[of].values), 's'),
    range(series[of]),
    time(cpu[of], 's'),
    significant(cpu[of] / cpu.one),
  ];
  return {
    title: `A tweet to ${whole(followers)} followers, ${runs} runs in turn after one to warm up`,
    head: ['', 'median', 'min .. max', 'CPU', '× one'],
    rows: [row('one store', 'one'), row(`a cluster of ${masters} masters`, 'several')],
    notes: ['the masters share the machine, so the seconds are not those of machines of their own'],
  };
}

await runBench<Sizes>({
  name: 'stores',
  sizes: { followers: 1_000_000, runs: 5, masters: 3 },
  goals: { cpu_ratio: { atMost: 1.15 } },
  measure,
});

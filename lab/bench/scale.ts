import { join } from 'node:path';
import { secondsInTurn } from '#lab/harness/in-turn.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median, type Series } from '#lab/harness/statistics.ts';
import { range, significant, type Table, time, whole } from '#lab/harness/table.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import { ours, type Trace } from './methods/ours.ts';
import { cpuIn, cpuOf } from './stores/cpu.ts';
import { openStoresStage } from './stores/stores-stage.ts';

/*
 * One tweet to a million, in turn on 1, 2 and 4 timeline stores with as many workers. On a machine with fewer cores than
 * processes the seconds say where its cores end. What a delivery costs in which process says what more cores would bring: as
 * long as it stays the same, twice the hosts deliver twice as much.
 */

type Sizes = 'followers' | 'runs';
type Sides<T> = { one: T; two: T; four: T };

const TITLES: Sides<string> = {
  one: '1 store, 1 worker',
  two: '2 stores, 2 workers',
  four: '4 stores, 4 workers',
};
const TWEETS = 10; // in every timeline before the first run

/** Kinds of processes, by how their names begin. */
const KINDS = {
  stores: ['timelines', 'master'],
  workers: ['worker'],
  Postgres: ['postgres'],
  queue: ['queue'],
  'the bench, which waits': ['bench'],
};

async function measure(run: Run<Sizes>) {
  const { followers, runs } = run.sizes;
  const sides = {
    one: await openSide(run, 1),
    two: await openSide(run, 2),
    four: await openSide(run, 4),
  };
  const once = { one: sides.one.run, two: sides.two.run, four: sides.four.run };
  const series = await secondsInTurn(once, runs, run.log);
  const traces = { one: sides.one.traces, two: sides.two.traces, four: sides.four.traces };
  const cost = mapValues(traces, (found) => (cpuOf(found) / followers) * 1e6);
  return {
    machine: sides.one.machine,
    runs: series,
    figures: {
      ...{ us_a_delivery_1: cost.one, us_a_delivery_2: cost.two, us_a_delivery_4: cost.four },
      ...{ ratio_2: cost.two / cost.one, ratio_4: cost.four / cost.one },
    },
    tables: [secondsTable(series, run.sizes), costTable(traces, followers)],
  };
}

async function openSide(run: Run<Sizes>, count: number) {
  const { followers } = run.sizes;
  const dataDir = join(run.dataDir, String(count));
  run.log(`${count} stores and workers, and an author with ${whole(followers)} followers …`);
  const stage = await openStoresStage({ ...run, dataDir }, { stores: count, workers: count });
  const wanted = { handle: 'short', followers, tweets: TWEETS };
  const { id } = await addAuthorWithFollowers(stage.pool, stage.store, wanted);
  return { ...ours(stage, { authorId: id }), machine: stage.machine };
}

function secondsTable(series: Sides<Series>, { followers, runs }: Run<Sizes>['sizes']): Table {
  return {
    title: `A tweet to ${whole(followers)} followers, ${runs} runs in turn after one to warm up`,
    head: ['', 'median', 'min .. max'],
    rows: Object.values(
      mapValues(series, (found, side) => [TITLES[side], time(median(found.values), 's'), range(found)]),
    ),
    notes: ['all of them share the cores of this machine'],
  };
}

function costTable(traces: Sides<Trace[]>, followers: number): Table {
  const all = Object.values(traces);
  const row = (name: string, of: (side: Trace[]) => number) => [
    name,
    ...all.map((side) => significant((of(side) / followers) * 1e6)),
  ];
  return {
    title: 'CPU that a delivery takes, in millionths of a second (median)',
    head: ['', ...Object.values(TITLES)],
    rows: [
      ...Object.entries(KINDS).map(([name, words]) => row(name, (side) => cpuIn(side, words))),
      row('all but the bench', cpuOf),
    ],
  };
}

await runBench<Sizes>({
  name: 'scale',
  sizes: { followers: 1_000_000, runs: 5 },
  goals: {},
  measure,
});

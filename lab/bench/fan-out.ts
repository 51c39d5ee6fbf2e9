import { secondsInTurn } from '#lab/harness/in-turn.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median, type Series } from '#lab/harness/statistics.ts';
import { range, significant, type Table, time, whole } from '#lab/harness/table.ts';
import { addFullAudience, howManyFit } from '#lab/load/full-timelines.ts';
import { openStage, type Stage } from '#lab/stage/stage.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import { jobPerFollower, SAMPLE } from './methods/job-per-follower.ts';
import { ceiling, clientPipeline, insertSelect } from './methods/methods.ts';
import { ours, oursUnpacked } from './methods/ours.ts';
import { cpuTable, momentTable } from './methods/trace-tables.ts';

/*
 * The time of one tweet to a million warm timelines, from acceptance to the last row of the ledger, by the ledger's
 * clock. It holds publishing, planning, and every chunk's push and row. Two worker processes run as with `npm start`.
 * The bench posts as the web process does.
 *
 * The ceiling (the same Lua script, fed from memory) and the methods of others take turns with it, on the same servers
 * and timelines. Then our way and the ceiling run once more on full timelines.
 */

type Sizes = 'followers' | 'runs';
const TWEETS = 10; // in every timeline before the first run

async function measure(run: Run<Sizes>) {
  const stage = await openStage(run);
  const short = await compareAll(stage, run);
  const full = await compareFull(stage, run);
  const runs = { ...short.runs, ours_full: full.runs.ours, ceiling_full: full.runs.ceiling };
  const traces = { 'short timelines': short.traces, 'full timelines': full.traces };
  return {
    machine: stage.machine,
    runs,
    figures: figuresOf(runs, run.sizes.followers),
    tables: [methodTable(runs, run.sizes, full.notes), momentTable(traces), cpuTable(traces)],
  };
}

async function compareAll(stage: Stage, run: Run<Sizes>) {
  const { followers: count, runs } = run.sizes;
  run.log(`an author with ${whole(count)} followers …`);
  const wanted = { handle: 'short', followers: count, tweets: TWEETS };
  const { id } = await addAuthorWithFollowers(stage.pool, stage.store, wanted);
  const audience = { authorId: id, count };
  const us = ours(stage, audience);
  const methods = {
    ours: us.run,
    ours_unpacked: oursUnpacked(stage, audience),
    ceiling: await ceiling(stage, audience),
    job_per_follower: jobPerFollower(stage, audience, run),
    client_pipeline: clientPipeline(stage, audience),
    postgres: await insertSelect(stage, audience),
  };
  return { runs: await secondsInTurn(methods, runs, run.log), traces: us.traces.slice(1) };
}

/** Measures full timelines. If the machine cannot hold them all, it takes as many as fit and scales the time. */
async function compareFull(stage: Stage, run: Run<Sizes>) {
  const { followers, runs } = run.sizes;
  const count = howManyFit(followers, stage.store);
  const [all, some] = [followers, count].map(whole);
  run.log(`an author with ${some} followers whose timelines are full …`);
  const audience = await addFullAudience(stage, count);
  const us = ours(stage, audience);
  const ways = { ours: us.run, ceiling: await ceiling(stage, audience) };
  const series = await secondsInTurn(ways, runs, run.log);
  const scaled = mapValues(series, ({ unit, values }) => ({
    unit,
    values: values.map((seconds) => (seconds * followers) / count),
  }));
  const notes = count < followers ? [`full timelines: memory for ${some} followers, scaled to ${all}`] : [];
  return { runs: scaled, traces: us.traces.slice(1), notes };
}

type Runs = Record<keyof typeof NAMES, Series>;

const NAMES = {
  ours: 'ours: ledger, BullMQ, two workers',
  ours_unpacked: 'ours, an author’s first: no packs yet',
  ceiling: 'ceiling: the same script from memory',
  job_per_follower: 'one BullMQ job a follower',
  client_pipeline: 'one client, pipelines of LPUSH and LTRIM',
  postgres: 'INSERT … SELECT in Postgres',
  ours_full: 'ours, full timelines',
  ceiling_full: 'ceiling, full timelines',
};

function figuresOf(runs: Runs, followers: number) {
  const seconds = (name: keyof Runs) => median(runs[name].values);
  const ours = seconds('ours');
  return {
    seconds_median: ours,
    seconds_median_unpacked: seconds('ours_unpacked'),
    deliveries_per_second: Math.round(followers / ours),
    seconds_median_full: seconds('ours_full'),
    ceiling_ratio: seconds('ceiling') / ours,
    vs_job_per_follower: seconds('job_per_follower') / ours,
    vs_client_pipeline: seconds('client_pipeline') / ours,
    vs_postgres: seconds('postgres') / ours,
  };
}

function methodTable(runs: Runs, { followers, runs: count }: Run<Sizes>['sizes'], notes: string[]): Table {
  const ours = median(runs.ours.values);
  const rows = mapValues(NAMES, (title, name) => {
    const middle = median(runs[name].values);
    const perSecond = significant(followers / middle);
    return [title, time(middle, 's'), range(runs[name]), perSecond, significant(middle / ours)];
  });
  const scaled = `one job a follower: measured on ${whole(SAMPLE)} followers, scaled`;
  const empty = 'INSERT … SELECT: the table starts empty, and nothing is trimmed';
  return {
    title: `A tweet to ${whole(followers)} followers, ${count} runs after one to warm up`,
    head: ['', 'median', 'min .. max', 'deliveries/s', '× ours'],
    rows: Object.values(rows),
    notes: [...(followers > SAMPLE ? [scaled] : []), empty, ...notes],
  };
}

await runBench<Sizes>({
  name: 'fan-out',
  sizes: { followers: 1_000_000, runs: 5 },
  goals: { seconds_median: { atMost: 1.5 }, ceiling_ratio: { atLeast: 0.8 } },
  measure,
});

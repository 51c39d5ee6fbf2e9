import { join } from 'node:path';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { ROOT } from '#dev/paths.ts';
import { secondsInTurn } from '#lab/harness/in-turn.ts';
import { describeMachine } from '#lab/harness/machine.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { median, type Series } from '#lab/harness/statistics.ts';
import { range, significant, type Table, time, whole } from '#lab/harness/table.ts';
import { borrowPackages, type CheckedOut, checkOut } from './check-out.ts';
import { type Player, startPlayer } from './player.ts';

/*
 * Runs the same fan-out on this code and on an earlier commit, in turn. This shows what making it reliable has cost.
 * Each has its own servers, migrations, workers and way to post. The clock is the ledger's own, as in fan-out.ts.
 */

type Sizes = 'followers' | 'runs';

const TWEETS = 10; // in every timeline before the first run

/**
 * The first commit with a whole fan-out: relay, ledger, chunks with receipts and leases. It has no backlog, epoch or
 * repair.
 */
const FIRST_WHOLE = '885de73';

/**
 * Measures one fan-out to all followers, in turn on both. Without `ref` the earlier commit is the first with a whole
 * fan-out.
 */
export async function compareFanOut(run: Run<Sizes>, ref: string) {
  const { followers, runs } = run.sizes;
  const before = checkOut(ref || FIRST_WHOLE, join(run.dataDir, 'before'));
  borrowPackages(before);
  const start = (cwd: string, name: string) => {
    run.log(`${name}: an author with ${whole(followers)} followers …`);
    return startPlayer(cwd, { dataDir: join(run.dataDir, name), followers, tweets: TWEETS }, run);
  };
  const players = { now: await start(ROOT, 'now'), before: await start(before.dir, 'before-data') };
  const machine = await machineOf(players.now, run);
  const ways = { now: players.now.fanOut, before: players.before.fanOut };
  const series = await secondsInTurn(ways, runs, run.log);
  const [now, then] = [median(series.now.values), median(series.before.values)];
  return {
    machine,
    runs: series,
    figures: { seconds_now: now, seconds_before: then, ratio: now / then },
    tables: [comparison(series, before, run.sizes)],
  };
}

async function machineOf({ databaseUrl, timelineRedisUrl }: Player, run: Run<Sizes>) {
  const { pool, close } = openPostgres({ url: databaseUrl, max: 1, name: 'bench' });
  const redis = openRedis(timelineRedisUrl, 'bench');
  try {
    return await describeMachine({ pool, redis }, run.loadBefore);
  } finally {
    redis.disconnect();
    await close();
  }
}

function comparison(
  { now, before }: Record<'now' | 'before', Series>,
  { commit, subject, sameLock }: CheckedOut,
  { followers, runs }: Run<Sizes>['sizes'],
): Table {
  const then = median(before.values);
  const row = (name: string, series: Series) => {
    const middle = median(series.values);
    return [name, time(middle, 's'), range(series), significant(middle / then)];
  };
  return {
    title: `A tweet to ${whole(followers)} followers, ${runs} runs in turn after one to warm up`,
    head: ['', 'median', 'min .. max', '× before'],
    rows: [row('this code', now), row(`before: ${commit}`, before)],
    notes: [
      `before: ${subject}`,
      ...(sameLock ? [] : ['its package-lock.json is another; it ran with the packages of this one']),
    ],
  };
}

import { join } from 'node:path';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { ROOT } from '#dev/paths.ts';
import { describeMachine } from '#lab/run/machine.ts';
import type { Run } from '#lab/run/run-bench.ts';
import { median, type Series } from '#lab/run/statistics.ts';
import { significant, type Table, time } from '#lab/run/table.ts';
import { interleave } from '../methods/interleave.ts';
import { borrowPackages, type CheckedOut, checkOut } from './check-out.ts';
import { type Player, startPlayer } from './player.ts';

/*
 * The same fan-out on this code and on that of an earlier commit, in turn: what making it reliable has cost. Each has its
 * own servers, migrations, workers and way to post; the clock is the ledger's own, as in fan-out.ts.
 */

type Sizes = 'followers' | 'runs';

const TWEETS = 10; // in every timeline before the first run

/** The first commit with a whole fan-out: relay, chunks with receipts and leases, ledger; no backlog, epochs and repairs. */
const FIRST_WHOLE = '885de73';

/** One fan-out to all followers in turn; `ref` is the earlier commit, the first with a whole fan-out when it is empty. */
export async function compareFanOut(run: Run<Sizes>, ref: string) {
  const { followers, runs } = run.sizes;
  const before = checkOut(ref || FIRST_WHOLE, join(run.dataDir, 'before'));
  borrowPackages(before);
  const start = (cwd: string, name: string) => {
    run.log(`${name}: an author with ${followers.toLocaleString('en')} followers …`);
    return startPlayer(cwd, { dataDir: join(run.dataDir, name), followers, tweets: TWEETS }, run);
  };
  const players = { now: await start(ROOT, 'now'), before: await start(before.dir, 'before-data') };
  const machine = await machineOf(players.now, run);
  const series = await interleave(players, runs, run.log);
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
    return await describeMachine({ pool, store: { redis, shards: 1, cap: 0 } }, run.loadBefore);
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
  const row = (name: string, { values }: Series) => [
    name,
    time(median(values), 's'),
    `${time(Math.min(...values), 's')} .. ${time(Math.max(...values), 's')}`,
    significant(median(values) / then),
  ];
  return {
    title: `A tweet to ${followers.toLocaleString('en')} followers, ${runs} runs in turn after one to warm up`,
    head: ['', 'median', 'min .. max', '× before'],
    rows: [row('this code', now), row(`before: ${commit}`, before)],
    notes: [
      `before: ${subject}`,
      ...(sameLock ? [] : ['its package-lock.json is another; it ran with the packages of this one']),
    ],
  };
}

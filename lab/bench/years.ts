import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median } from '#lab/harness/statistics.ts';
import { type Table, time, whole } from '#lab/harness/table.ts';
import { type LostMinute, loseMinute, untilSwept } from './years/lost-minute.ts';
import { growthOf, liveMonths, monthsTable } from './years/months.ts';
import { playRounds, type Rounds, ratiosOf, seriesOf } from './years/rounds.ts';
import { openSystems, rebuildWide, type Sizes } from './years/systems.ts';

/*
 * What a system is like after a month of use, and what it would be like after years. One system has a past of millions
 * of tweets, and one is fresh. They take turns in posting, reading and delivering. The aged one rebuilds the timeline
 * of somebody who follows 3,000 prolific authors, and its timeline store loses a minute. A third system lives through
 * two months. By then no receipt of all these tweets may be left.
 *
 * A short run of two minutes: --fanOuts 200000 --timelines 20000 --followers 20000 --rounds 3 --lost 1000 --daily 1000
 */

async function measure(run: Run<keyof Sizes>) {
  const systems = await openSystems(run);
  const rounds = await playRounds(systems, run);
  const rebuildMs = { fresh: await rebuildWide(systems.fresh), aged: await rebuildWide(systems.aged) };
  run.log(
    `rebuilt for a reader of 3,000: fresh ${rebuildMs.fresh.toFixed(0)}, aged ${rebuildMs.aged.toFixed(0)} ms`,
  );
  const lost = await loseMinute(systems.aged, run);
  const months = await liveMonths(run);
  await untilSwept(systems.aged);
  const ratios = ratiosOf(rounds);
  return {
    machine: systems.aged.machine,
    runs: {
      post: seriesOf(rounds.aged, 'post'),
      read: seriesOf(rounds.aged, 'read'),
      fan_out: seriesOf(rounds.aged, 'fanOut'),
    },
    figures: {
      ...{ post_ratio: ratios.post, read_ratio: ratios.read, fan_out_ratio: ratios.fanOut },
      ...{ repair_s: lost.seconds, rebuild_ms: rebuildMs.aged, growth_ratio: growthOf(months) },
    },
    tables: [comparison(rounds, run.sizes), afterwards(lost, rebuildMs), monthsTable(months)],
  };
}

function comparison(
  { fresh, aged }: Rounds,
  { fanOuts, timelines, followers, rounds }: Run<keyof Sizes>['sizes'],
): Table {
  const row = (title: string, what: 'post' | 'read' | 'fanOut') => {
    const [before, now] = [fresh, aged].map((each) => median(each.map((round) => round[what])));
    return [title, time(before ?? 0, 'ms'), time(now ?? 0, 'ms')];
  };
  return {
    title: `${whole(fanOuts)} fan-outs of a month and ${whole(timelines)} other full timelines, beside a fresh system`,
    head: ['', 'fresh', 'aged'],
    rows: [
      row('a post to twelve, to its commit', 'post'),
      row('a page of 50 of a full timeline', 'read'),
      row(`a tweet to ${whole(followers)}, to its last row`, 'fanOut'),
    ],
    notes: [`medians of ${rounds} rounds in turn; the ratios are medians of those of each round`],
  };
}

function afterwards(lost: LostMinute, rebuildMs: Record<'fresh' | 'aged', number>): Table {
  return {
    title: 'On the aged system',
    head: ['', ''],
    rows: [
      [
        `repair after ${whole(lost.tweets)} lost tweets, ${whole(lost.deliveries)} deliveries`,
        time(lost.seconds, 's'),
      ],
      ['first page of a reader of 3,000 authors, cold', time(rebuildMs.aged, 'ms')],
      ['the same on the fresh one, whose authors have one tweet each', time(rebuildMs.fresh, 'ms')],
    ],
  };
}

await runBench<keyof Sizes>({
  name: 'years',
  sizes: {
    ...{ fanOuts: 20_000_000, timelines: 1_000_000, followers: 100_000 },
    ...{ rounds: 21, lost: 20_000, daily: 20_000 },
  },
  goals: {
    post_ratio: { atMost: 1.2 },
    read_ratio: { atMost: 1.2 },
    fan_out_ratio: { atMost: 1.2 },
    repair_s: { atMost: 30 },
    growth_ratio: { atMost: 1.05 },
  },
  measure,
});

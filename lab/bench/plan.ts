import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { measureWork, SIZES } from '#lab/plan/measure.ts';
import { openStage } from '#lab/stage/stage.ts';
import { compare } from './plan/compare.ts';
import { compareTable, workTable, worstOf } from './plan/results.ts';

/*
 * What `npm run plan` rests on. It measures what a tweet and a delivery take of each process and of the disk. And it checks
 * the model of the queues: the same tweets come to a real system and to the model, which was told how fast that system is
 * with one kind of tweets at a time.
 */

type Sizes = 'posts' | 'followers' | 'large' | 'seconds' | 'wait';

async function measure(run: Run<Sizes>) {
  const stage = await openStage(run);
  const compared = await compare(stage, run);
  run.log('what a tweet and a delivery take …');
  const work = await measureWork(stage, { ...SIZES, posts: run.sizes.posts });
  const differences = {
    difference_foreseen: worstOf(compared, 'foreseen'),
    difference_told: worstOf(compared, 'told'),
  };
  return {
    machine: stage.machine,
    runs: {},
    figures: { ...work, ...differences },
    tables: [compareTable(compared, run.sizes), workTable(work)],
  };
}

await runBench<Sizes>({
  name: 'plan',
  sizes: { posts: SIZES.posts, followers: SIZES.followers, large: 8_000, seconds: 15, wait: 4 },
  goals: { difference_foreseen: { atMost: 0.1 }, difference_told: { atMost: 0.1 } },
  measure,
});

import { join } from 'node:path';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { measureWork, SIZES } from '#lab/plan/measure.ts';
import { openLinkedStage } from '#lab/stage/linked-stage.ts';
import { openStage } from '#lab/stage/stage.ts';
import { compare } from './plan/compare.ts';
import { compareTable, workTable, worstOf } from './plan/results.ts';

/*
 * What `npm run plan` rests on. It measures what a tweet and a delivery take of each process and of the disk. And it checks
 * the model of the queues: the same tweets come to a real system and to the model, which was told how fast that system is
 * with one kind of tweets at a time.
 */

type Sizes = 'posts' | 'followers' | 'large' | 'seconds' | 'rounds' | 'wait' | 'delay';

async function measure(run: Run<Sizes>) {
  const compared = await compare(
    await openLinkedStage({ ...run, dataDir: join(run.dataDir, 'linked') }),
    run,
  );
  run.log('what a tweet and a delivery take …');
  const stage = await openStage({ ...run, dataDir: join(run.dataDir, 'direct') });
  const work = await measureWork(stage, { ...SIZES, posts: run.sizes.posts });
  const [slowed, full] = [true, false].map((isSlowed) =>
    worstOf(compared.filter((each) => each.isSlowed === isSlowed)),
  );
  return {
    machine: stage.machine,
    runs: {},
    figures: { ...work, difference: slowed ?? Number.NaN, difference_at_full_speed: full ?? Number.NaN },
    tables: [compareTable(compared, run.sizes), workTable(work)],
  };
}

await runBench<Sizes>({
  name: 'plan',
  sizes: {
    posts: SIZES.posts,
    followers: SIZES.followers,
    large: 8_000,
    seconds: 60,
    rounds: 3,
    wait: 4,
    delay: 50,
  },
  goals: { difference: { atMost: 0.1 } },
  measure,
});

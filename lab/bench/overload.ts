import { StartError } from '#dev/start-error.ts';
import { wholeFrom0 } from '#lab/harness/options.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { whole } from '#lab/harness/table.ts';
import { addFullAudience, howManyFit } from '#lab/load/full-timelines.ts';
import { openLinkedStage } from '#lab/stage/linked-stage.ts';
import { openStage, type Stage } from '#lab/stage/stage.ts';
import { measureCapacity } from './overload/capacity.ts';
import { plotRounds } from './overload/plot.ts';
import { LOADS, POLICIES } from './overload/policies.ts';
import { cpuTable, figuresOf, type Rounds, roundTable, runsOf } from './overload/results.ts';
import { playRound, type Round } from './overload/round.ts';

/*
 * What happens when more is posted than can be delivered. First the capacity is measured, with a queue that never runs
 * dry. Then tweets come at 0.5 to 10 times that rate, at random times, whatever became of the earlier ones. Rounds are
 * with back pressure and without. Clients add jitter to Retry-After, or wait exactly that long.
 *
 * Posting is the same code as in the web process, in a process of its own. Two real workers deliver. Tweets to twelve are
 * delivered as fast as they can be posted. With `--followers 12 --delay 25` the timeline store is 25 ms away from the workers, each
 * way, and then more of them can be posted than delivered.
 */

const AUTHORS = 10;
const WAITING = 1_000_000; // deliveries

type Sizes = 'followers' | 'seconds' | 'wait';

async function measure(run: Run<Sizes>) {
  const stage = await open(run);
  const authors = await addAuthors(stage, run);
  const capacity = await measureCapacity(stage, { authors, seconds: run.sizes.seconds, waiting: WAITING });
  run.log(`capacity: ${whole(Math.round(capacity))} deliveries/s`);
  const measured = { stage, run, authors, capacity };
  const rounds = await playRounds(measured);
  const steady = await playSteady(measured);
  return {
    machine: stage.machine,
    runs: runsOf(rounds),
    figures: { capacity_per_second: capacity, ...figuresOf(rounds, steady) },
    tables: [roundTable(rounds, run.sizes), cpuTable(rounds, run.sizes.seconds)],
    drawing: plotRounds(rounds, { capacity, promisedS: run.sizes.wait }),
  };
}

/** Starts a stage whose timeline store is as far away from the workers as `--delay` says. */
async function open(run: Run<Sizes>): Promise<Stage> {
  const delay = wholeFrom0('delay', run.words.delay ?? '0');
  if (delay === 0) return openStage(run);
  const stage = await openLinkedStage(run);
  stage.link.slow(delay);
  return stage;
}

type Capacity = { stage: Stage; run: Run<Sizes>; authors: number[]; capacity: number };

/** Plays every policy at every load, one after the other. Each round begins with an empty system. */
async function playRounds({ stage, run, authors, capacity }: Capacity): Promise<Rounds> {
  const { followers, seconds, wait } = run.sizes;
  const rounds: Rounds = [];
  for (const policy of POLICIES)
    for (const load of LOADS) {
      run.log(`${load}× capacity, ${policy.name} …`);
      const limit = policy.backPressure ? wait : null;
      const perSecond = (load * capacity) / followers;
      const order = { authors, perSecond, seconds, maxWaitS: limit, jitter: policy.jitter };
      rounds.push({ load, policy, round: await playRound({ stage, run, promisedS: wait }, order) });
    }
  return rounds;
}

/**
 * The long round is this many times as long as the others. Little's law needs a window much longer than a wait.
 * Otherwise the edges of the window decide the result.
 */
const STEADY = 5;
const STEADY_LOAD = 3;

/** Plays one long round at 3 times the capacity, for Little's law. */
async function playSteady({ stage, run, authors, capacity }: Capacity): Promise<Round> {
  const { followers, seconds, wait } = run.sizes;
  run.log(`${STEADY_LOAD}× capacity for ${STEADY * seconds} s, for Little’s law …`);
  const perSecond = (STEADY_LOAD * capacity) / followers;
  const order = { authors, perSecond, seconds: STEADY * seconds, maxWaitS: wait, jitter: true };
  return playRound({ stage, run, promisedS: wait }, order);
}

/**
 * Adds authors whose followers have full timelines. Short ones would grow from round to round, and each push onto them
 * would take longer. The last rounds would then be compared with a capacity that only the first ones had.
 */
async function addAuthors(stage: Stage, { sizes, log }: Run<Sizes>): Promise<number[]> {
  const count = howManyFit(AUTHORS * sizes.followers, stage.store);
  if (count < AUTHORS * sizes.followers)
    throw new StartError(
      `Expected memory for ${AUTHORS * sizes.followers} full timelines, found some for ${count}`,
      `Ask for fewer: npm run bench -- overload --followers ${Math.floor(count / AUTHORS)}`,
    );
  log(`${AUTHORS} authors with ${whole(sizes.followers)} followers each, whose timelines are full …`);
  const ids: number[] = [];
  for (let n = 0; n < AUTHORS; n++)
    ids.push((await addFullAudience(stage, sizes.followers, `load${n}`)).authorId);
  return ids;
}

await runBench<Sizes>({
  name: 'overload',
  words: { delay: '0' },
  sizes: { followers: 50_000, seconds: 12, wait: 4 },
  goals: {
    goodput_ratio: { atLeast: 0.95 },
    wait_p99_s: { atMost: 4 },
    bound_exceeded: { atMost: 0 },
    retry_success: { atLeast: 0.9 },
    littles_law_error: { atMost: 0.05 },
  },
  measure,
});

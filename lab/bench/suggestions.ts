import { setTimeout as wait } from 'node:timers/promises';
import { askTasks } from '#core/tasks/ask.ts';
import { handOver } from '#core/tasks/due.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import { isOver } from '#core/tasks/task.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median, percentile, type Series } from '#lab/harness/statistics.ts';
import { latencies } from '#lab/harness/table.ts';
import { delivered, deliveryTime, post, postAndDeliver } from '#lab/load/post.ts';
import { quiet } from '#lab/stage/quiet.ts';
import { openStage, type Stage } from '#lab/stage/stage.ts';
import { idOfDemo } from '#prisma/seed/audiences.ts';
import { celebrity } from '#prisma/seed/demo/celebrity.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { seed } from '#prisma/seed.ts';

/*
 * How long it takes to compute whom to follow, over the whole graph of the demo. And what this costs the tweets that are
 * delivered meanwhile: to the celebrity's million, and to the twelve followers of an ordinary account.
 *
 * Rounds with lists and rounds without take turns, so that a slow minute of the machine hits both. In a round with
 * lists, one list after the other is computed for as long as the round's deliveries take. That is more than any refresh
 * would do.
 */

const WARM_UP = 2; // rounds of each
const SMALL = 20; // ordinary tweets a round
const PACE = 50; // ms between two of them
const LOOK = 25; // ms between two looks whether a list is there
const ASKERS = [idOfDemo(ordinary.handle), idOfDemo(followsEverybody.handle)];

type Sizes = 'followers' | 'rounds' | 'alone';

async function measure(run: Run<Sizes>) {
  const stage = await openStage(run);
  run.log('the demo’s people …');
  await seed({ ...stage.servers, followers: run.sizes.followers, log: run.log });
  await measureRounds(stage, WARM_UP, run);
  const alone: Series = { unit: 's', values: [] };
  for (let n = 0; n < run.sizes.alone; n++) alone.values.push(await suggestOnce(stage, n));
  const rounds = await measureRounds(stage, run.sizes.rounds, run);
  const figures = {
    seconds: median(alone.values),
    seconds_p95: percentile(alone.values, 95),
    seconds_beside_fan_outs: percentile(rounds.beside.values, 95),
    fan_out_p95_ratio: ratio(rounds.with.million, rounds.without.million),
    small_fan_out_p95_ratio: ratio(rounds.with.twelve, rounds.without.twelve),
  };
  return { machine: stage.machine, runs: runsOf(alone, rounds), figures, tables: [table(alone, rounds)] };
}

const ratio = (busy: Series, idle: Series) => percentile(busy.values, 95) / percentile(idle.values, 95);

/** Asks for one list, as the web process does. Returns the seconds from asking to the result in the ledger. */
async function suggestOnce(stage: Stage, n: number): Promise<number> {
  const { pool, broker } = stage;
  const started = performance.now();
  const accountId = ASKERS[n % ASKERS.length];
  const [id = 0] = await askTasks(pool, [{ kind: 'suggestions', data: {}, accountId }]);
  await handOver(pool, (queue, messages) => broker.publish(queue, messages), [id]);
  for (;;) {
    const task = await readTask(stage, id);
    if (task?.state === 'succeeded') return (performance.now() - started) / 1_000;
    if (!task || isOver(task))
      throw new Error(`Expected a list, the task ${id} is ${task?.state}: ${task?.error}`);
    await wait(LOOK);
  }
}

type Kinds = { million: Series; twelve: Series };
type Rounds = { with: Kinds; without: Kinds; beside: Series };

async function measureRounds(stage: Stage, rounds: number, { log }: Run<Sizes>): Promise<Rounds> {
  const found: Rounds = { with: noKinds(), without: noKinds(), beside: { unit: 's', values: [] } };
  for (let round = 1; round <= rounds; round++) {
    log(`round ${round} of ${rounds}`);
    await deliver(stage, found.without);
    await quiet(stage);
    let enough = false;
    const lists = suggestUntil(stage, () => enough);
    await deliver(stage, found.with).finally(() => {
      enough = true;
    });
    found.beside.values.push(...(await lists));
    await quiet(stage);
  }
  return found;
}

const noKinds = (): Kinds => ({ million: { unit: 'ms', values: [] }, twelve: { unit: 'ms', values: [] } });

async function suggestUntil(stage: Stage, isEnough: () => boolean): Promise<number[]> {
  const seconds: number[] = [];
  while (!isEnough()) seconds.push(await suggestOnce(stage, seconds.length));
  return seconds;
}

/** Delivers the small tweets first, at their own pace, and then one to the million. So neither slows the other. */
async function deliver(stage: Stage, { million, twelve }: Kinds): Promise<void> {
  const small: Promise<number>[] = [];
  for (let n = 0; n < SMALL; n++) {
    small.push(post(stage, idOfDemo(ordinary.handle)));
    await wait(PACE);
  }
  twelve.values.push(...(await delivered(stage, await Promise.all(small))).map(deliveryTime));
  million.values.push(deliveryTime(await postAndDeliver(stage, idOfDemo(celebrity.handle))));
}

const runsOf = (alone: Series, { with: busy, without, beside }: Rounds) => ({
  ...{ alone, beside, million_without: without.million, million_with: busy.million },
  ...{ twelve_without: without.twelve, twelve_with: busy.twelve },
});

function table(alone: Series, { with: busy, without, beside }: Rounds) {
  return latencies('Whom to follow, and what it costs the tweets that are delivered meanwhile', {
    'a list, nothing else runs': alone,
    'a list, beside these tweets': beside,
    'tweet to the celebrity’s followers': without.million,
    'the same, while lists are computed': busy.million,
    'tweet to twelve': without.twelve,
    'the same, while lists are computed ': busy.twelve,
  });
}

await runBench<Sizes>({
  name: 'suggestions',
  sizes: { followers: 1_000_000, rounds: 12, alone: 5 },
  goals: { seconds_p95: { atMost: 10 }, fan_out_p95_ratio: { atMost: 1.1 } },
  measure,
});

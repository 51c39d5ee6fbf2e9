import { readChunks } from '#core/ledger/chunks.ts';
import { receiptKey, tagOf } from '#core/timelines/timeline.ts';
import { emptyQueue } from '#lab/faults/outages.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import { ALL_BROKERS, DELIVERED_ONCE, type StageExperiment } from './experiment.ts';
import { messagesIn, untilHeld, untilPublishedAgain, withoutWorkers } from './messages-in.ts';
import type { RunStage } from './run-stage.ts';

/*
 * One experiment for each step of a message that the page Brokers shows: something crashes exactly there. Each crash
 * waits until the stores show that step, so that it hits it on every broker.
 */

/** Posts, crashes something, and heals it. Resolves with what was counted, before everything is delivered. */
type Crash = (run: RunStage, stage: BreakableStage) => Promise<{ name: string; value: string }[]>;

type Step = { name: string; breaks: string; why: string; crash: Crash };

const STEPS: Step[] = [
  {
    name: 'publish',
    breaks: 'Cuts the web process of the stage off from its broker, posts, and kills it after the answer.',
    why: 'The fan-out’s row was committed with the tweet, and nobody has marked it as published: the relay finds it after 2 s (worker/relay.ts, core/ledger/publish.ts).',
    crash: atPublish,
  },
  {
    name: 'held',
    breaks: 'Stops the workers of the stage, posts, and kills the broker’s server with the message in it.',
    why: 'What the broker wrote down is there again. What it had in memory alone is gone, and the relay publishes it anew after 12 s without progress (core/ledger/publish.ts).',
    crash: whileHeld,
  },
  {
    name: 'handed out',
    breaks: 'Stalls the timelines of the stage, so that its workers hold chunks, and kills one of them.',
    why: 'The message was not acknowledged. Its lease runs out or its connection breaks, and another worker takes it (broker/port.ts, worker/deliver.ts).',
    crash: whileHandedOut,
  },
  {
    name: 'effect',
    breaks: 'Lets the push reach the timelines of the stage and loses the answer, then kills the workers.',
    why: 'The ledger knows nothing of the push, so the chunk comes again; its receipt was written in the same step as the push and answers for it (core/lua/deliver.lua).',
    crash: afterEffect,
  },
  {
    name: 'acknowledged',
    breaks:
      'Loses what the workers of the stage say to the broker until the tweet is delivered, then ends these connections.',
    why: 'The broker hands the message out again. The ledger says that the chunk is done, and it is counted as a redelivery (core/ledger/start-and-finish.ts, worker/deliver.ts).',
    crash: beforeAcknowledged,
  },
  {
    name: 'gone',
    breaks: 'Stops the workers of the stage, posts, and removes every message from the broker.',
    why: 'The ledger remembers what the broker has forgotten: a fan-out without any progress for 12 s is published again (core/ledger/publish.ts).',
    crash: whenGone,
  },
];

/** The experiments of all steps, in the order of a message's way. */
export const crashHere: StageExperiment[] = STEPS.map(({ name, breaks, why, crash }) => ({
  info: {
    id: `crash-${name.replace(' ', '-')}`,
    title: `A crash at the step “${name}”`,
    statement: 'Wherever a process dies, the next one finds what is promised and what is done.',
    question: `Something dies at the step “${name}” of a message. What do the followers get?`,
    answers: DELIVERED_ONCE.answers,
    ...{ breaks, why, decision: 'docs/lab.md' },
    size: { of: 'tweets', usual: 1, most: 1 },
    takes: 25,
    brokers: ALL_BROKERS,
  },
  needs: { followers: 10_000 },
  file: 'lab/experiments/crash-here.ts',
  run: async (run, stage) => {
    const counted = await crash(run, stage);
    const took = await untilPublishedAgain(run);
    const chunks = await readChunks(stage.pool, run.shown ?? 0);
    return {
      answer: DELIVERED_ONCE.answer,
      measured: [
        ...counted,
        {
          name: 'chunks taken more than once',
          value: String(chunks.filter((each) => each.attempts > 1).length),
        },
        {
          name: 'chunks that came again and were ignored',
          value: String(sumOf(chunks, (each) => each.redeliveries)),
        },
        took,
      ],
    };
  },
}));

const postLarge = async (run: RunStage): Promise<number> => run.show(await run.post(run.largest));

async function atPublish(run: RunStage, stage: BreakableStage) {
  const { web } = stage;
  web.links.queue.cut();
  await postLarge(run);
  const held = await messagesIn(stage);
  await web.end('SIGKILL');
  run.note('the web process is killed after its answer; the broker never heard of the tweet');
  web.links.queue.heal();
  await web.start();
  await run.patiently(() => fetch(`${web.url}/healthz`));
  return [{ name: 'messages in the broker when it died', value: String(held) }];
}

async function whileHeld(run: RunStage, stage: BreakableStage) {
  const start = await withoutWorkers(stage);
  await postLarge(run);
  const before = await untilHeld(run);
  await stage.servers.queue.end('SIGKILL');
  run.note('the broker’s server is killed with the message in it');
  await stage.servers.queue.start();
  const after = await run.patiently(() => messagesIn(stage));
  run.note(`the broker is back; of ${before} messages it has ${after}`);
  await start();
  return [{ name: 'messages that the broker lost', value: String(Math.max(0, before - after)) }];
}

async function whileHandedOut(run: RunStage, stage: BreakableStage) {
  const { workers } = stage;
  for (const { links } of workers) links.timelines.stall();
  const tweetId = await postLarge(run);
  const taken = await run.patiently(() => takenChunk(stage, tweetId));
  const victim = workers.find(({ name }) => name === `worker ${taken}`);
  if (!victim) throw new Error(`Expected a worker of the stage to hold a chunk, it is ${taken}`);
  await victim.end('SIGKILL');
  run.note(`${victim.name} is killed with a chunk in its hands`);
  for (const { links } of workers) links.timelines.heal();
  await victim.start();
  return [];
}

/**
 * Uses a tweet of one chunk: it is pushed without first asking the store for a turn, and that answer would be lost too.
 */
async function afterEffect(run: RunStage, stage: BreakableStage) {
  const { workers, store } = stage;
  const [author] = run.small;
  if (!author) throw new Error('Expected an author whose tweets are one chunk');
  await run.post(author); // a new store does not know the script yet, and would lose the answer that says so
  await run.untilFinished(30_000);
  for (const { links } of workers) links.timelines.stall();
  const tweetId = run.show(await run.post(author));
  await run.patiently(() => takenChunk(stage, tweetId));
  for (const { links } of workers) {
    links.timelines.heal();
    links.timelines.lose('server'); // the held push goes through to the store, and no answer comes back
  }
  await run.patiently(async () => {
    if ((await store.redis.exists(receiptKey(tweetId, tagOf(store, 0)))) === 0)
      throw new Error('Expected a receipt');
  });
  await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  const pushed = await store.redis.hlen(receiptKey(tweetId, tagOf(store, 0)));
  run.note('the workers are killed after their push, before the ledger has it');
  for (const { links } of workers) links.timelines.heal();
  await Promise.all(workers.map((worker) => worker.start()));
  return [{ name: 'chunks that were pushed already', value: String(pushed) }];
}

async function beforeAcknowledged(run: RunStage, stage: BreakableStage) {
  const { workers } = stage;
  for (const { links } of workers) links.timelines.stall();
  const tweetId = await postLarge(run);
  await run.patiently(() => takenChunk(stage, tweetId));
  for (const { links } of workers) links.queue.lose('process');
  run.note('the broker hears no worker any more');
  for (const { links } of workers) links.timelines.heal();
  await run.patiently(async () => {
    const chunks = await readChunks(stage.pool, tweetId);
    if (!chunks.some(({ state }) => state === 'delivered')) throw new Error('Expected a delivered chunk');
  });
  for (const { links } of workers) links.queue.heal();
  run.note('chunks are delivered and nobody has acknowledged them: these connections end');
  return [];
}

async function whenGone(run: RunStage, stage: BreakableStage) {
  const start = await withoutWorkers(stage);
  await postLarge(run);
  const before = await untilHeld(run);
  await emptyQueue(stage);
  run.note(`the broker held ${before} messages, and forgets them`);
  await start();
  return [{ name: 'messages that were removed', value: String(before) }];
}

/** The name of a worker that holds a chunk. */
async function takenChunk({ pool }: BreakableStage, tweetId: number): Promise<string> {
  const chunks = await readChunks(pool, tweetId);
  const taken = chunks.find(({ state, worker }) => state === 'in flight' && worker !== null);
  if (!taken?.worker) throw new Error('Expected a worker to hold a chunk');
  return taken.worker;
}

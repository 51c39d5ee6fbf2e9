import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { MINUTE, SECOND } from '#core/durations.ts';
import { type ExperimentRun, experimentRun } from '#core/lab/experiment.ts';
import { demoOperator } from '#dev/operators.ts';
import { until } from '#dev/ports.ts';
import { followStream, type StreamEvent } from '#lab/clients/follow-stream.ts';
import { request, type Session, signIn } from '#lab/clients/session.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median, percentile, type Series } from '#lab/harness/statistics.ts';
import { latencies } from '#lab/harness/table.ts';
import { OPEN_ADMISSION, openApp } from '#lab/stage/application.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';

/*
 * What the demo feels of an experiment that builds a stage beside it: the time from a post to its arrival on a follower's
 * stream, in turn without a stage and beside one. It also measures how long it takes until the stage is ready, until a
 * Reset has thrown one away, and until an experiment on the demo itself has begun.
 */

const ON_A_STAGE = 'delivered-twice';
const HERE = 'step-by-step';
const READY = 'the stage is ready';
const PAUSE = 200; // ms between two posts, jittered, so that they do not keep step with anything
const PATIENCE = 2 * MINUTE;

type Sizes = 'followers' | 'rounds' | 'seconds';

async function measure(run: Run<Sizes>) {
  const { url, machine } = await openApp(run, run.sizes.followers, { ...OPEN_ADMISSION, LAB: '1' });
  const operator = await signIn(url, demoOperator);
  const demo = await followDemo(run, url);
  const [alone, beside]: [Series, Series] = [
    { unit: 'ms', values: [] },
    { unit: 'ms', values: [] },
  ];
  const [ready, verdict]: [number[], number[]] = [[], []];
  await demo.postFor(5 * SECOND); // to warm up
  for (let round = 1; round <= run.sizes.rounds; round++) {
    alone.values.push(...(await demo.postFor(run.sizes.seconds * SECOND)));
    const running = playExperiment(operator, ON_A_STAGE);
    beside.values.push(...(await demo.postUntil(running)));
    const { ended, checkedForS } = await running;
    ready.push(readyAfter(ended));
    verdict.push(checkedForS);
    run.log(`round ${round} of ${run.sizes.rounds}: the stage was ready after ${ready.at(-1)} s`);
  }
  const [aloneMs, besideMs] = [percentile(alone.values, 95), percentile(beside.values, 95)];
  return {
    machine,
    runs: { alone, beside },
    figures: {
      ...{ alone_p95_ms: aloneMs, beside_p95_ms: besideMs, p95_ratio: besideMs / aloneMs },
      ...{ ready_s: median(ready), verdict_s: Math.max(...verdict) },
      reset_s: await resetWhileBuilding(operator),
      start_here_s: firstMoment((await playExperiment(operator, HERE)).ended),
    },
    tables: [latencies('From a post to its arrival', { 'without a stage': alone, 'beside a stage': beside })],
  };
}

const arrival = z.object({ tweet: z.object({ text: z.string() }) });

/** Somebody who posts, and a follower whose stream is open. */
async function followDemo({ onEnd }: Run<Sizes>, url: string) {
  const [author, follower] = [await signIn(url, ordinary), await signIn(url, followsEverybody)];
  const over = new AbortController();
  onEnd(() => over.abort());
  const arrived = new Map<string, () => void>();
  const live = new Promise<void>((resolve) => {
    const heard = ({ event, data }: StreamEvent) => {
      resolve();
      if (event === 'arrival') arrived.get(arrival.parse(data).tweet.text)?.();
    };
    void followStream(follower, { topics: `home:${follower.handle},status`, heard }, over.signal);
  });
  await live;
  const postOne = async (): Promise<number> => {
    const [text, began] = [`Bench ${crypto.randomUUID()}`, performance.now()];
    const there = new Promise<void>((resolve) => arrived.set(text, resolve));
    await post(author, text);
    await there;
    arrived.delete(text);
    const ms = performance.now() - began;
    await wait(PAUSE * (0.5 + Math.random()));
    return ms;
  };
  const postWhile = async (goesOn: () => boolean): Promise<number[]> => {
    const values: number[] = [];
    while (goesOn()) values.push(await postOne());
    return values;
  };
  return {
    postFor(ms: number): Promise<number[]> {
      const end = performance.now() + ms;
      return postWhile(() => performance.now() < end);
    },
    postUntil(ended: Promise<unknown>): Promise<number[]> {
      let goesOn = true;
      const stop = () => {
        goesOn = false;
      };
      ended.then(stop, stop);
      return postWhile(() => goesOn);
    },
  };
}

async function post(author: Session, text: string): Promise<void> {
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const answer = await request(author, { method: 'POST', path: '/api/tweets', body: { text }, headers });
  if (answer?.status !== 202) throw new Error(`Expected 202, got ${answer?.status ?? 'no answer'}`);
}

const oneRun = z.object({ run: experimentRun });

async function startExperiment(operator: Session, experiment: string): Promise<number> {
  const body = { experiment, seed: 7 };
  const answer = await request(operator, { method: 'POST', path: '/api/lab/runs', body });
  return oneRun.parse(answer?.body).run.id;
}

async function readRun(operator: Session, id: number): Promise<ExperimentRun> {
  const answer = await request(operator, { method: 'GET', path: `/api/lab/runs/${id}` });
  return oneRun.parse(answer?.body).run;
}

/** Runs the experiment. Also says for how many seconds its checker has read everything back. */
async function playExperiment(
  operator: Session,
  experiment: string,
): Promise<{ ended: ExperimentRun; checkedForS: number }> {
  const id = await startExperiment(operator, experiment);
  await untilState(operator, id, ({ state }) => state !== 'running');
  const checking = performance.now();
  const ended = await untilState(operator, id, ({ endedAt }) => endedAt !== null);
  return { ended, checkedForS: (performance.now() - checking) / SECOND };
}

type IsThere = (run: ExperimentRun) => boolean;

const untilState = (operator: Session, id: number, isThere: IsThere): Promise<ExperimentRun> =>
  until(async () => {
    const run = await readRun(operator, id);
    if (!isThere(run)) throw new Error(`Expected the run to go on, it is ${run.state}`);
    return run;
  }, PATIENCE);

/** Seconds from the start of a run until something happened. Throws when nothing did. */
const firstMoment = ({ moments, reason }: ExperimentRun): number => {
  const [first] = moments;
  if (!first) throw new Error(`Expected a run in which something happens: ${reason ?? 'nothing did'}`);
  return first.at;
};

/** Seconds from the start of a run until its stage was ready. Throws when it has no verdict. */
function readyAfter({ moments, verdict, reason }: ExperimentRun): number {
  const found = moments.find(({ text }) => text === READY);
  if (!found || !verdict?.passed) throw new Error(`Expected a run that passes: ${reason ?? 'it failed'}`);
  return found.at;
}

/** Seconds that a Reset takes while a stage is being built. */
async function resetWhileBuilding(operator: Session): Promise<number> {
  const id = await startExperiment(operator, ON_A_STAGE);
  await untilState(operator, id, ({ moments }) => moments.length > 0);
  const began = performance.now();
  const answer = await request(operator, { method: 'POST', path: '/api/lab/reset' });
  if (answer?.status !== 204) throw new Error(`Expected 204, got ${answer?.status ?? 'no answer'}`);
  return (performance.now() - began) / SECOND;
}

await runBench<Sizes>({
  name: 'stage',
  sizes: { followers: 1_000_000, rounds: 3, seconds: 15 },
  goals: {
    ...{ p95_ratio: { atMost: 2 }, ready_s: { atMost: 6 } },
    ...{ verdict_s: { atMost: 10 }, reset_s: { atMost: 5 }, start_here_s: { atMost: 1 } },
  },
  measure,
});

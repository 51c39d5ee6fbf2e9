import type { Dial } from '#core/lab/experiment.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { median } from '#lab/harness/statistics.ts';
import { allProcesses, type BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { ServerName } from '#lab/stage/controlled-servers.ts';
import type { Outcome, StageExperiment } from './experiment.ts';
import type { RunStage } from './run-stage.ts';

/** The delay of everything that goes over a link; a round trip to a hosted queue in the same region takes 20 to 40 ms. */
export const EACH_WAY: Dial = {
  name: 'eachWayMs',
  text: 'Away, ms each way',
  least: 5,
  usual: 15,
  most: 100,
};
const TWICE: Dial = {
  name: 'twiceOfTen',
  text: 'Of ten messages so many come twice',
  least: 0,
  usual: 10,
  most: 10,
};

export const WHAT_IS_SLOWER = [
  { id: 'nothing', text: 'Nothing that one could measure.' },
  { id: 'delivery', text: 'The delivery. The answer to the post stays as fast as it was.' },
  { id: 'both', text: 'The answer to the post and the delivery.' },
] satisfies StageExperiment['info']['answers'];

/** Makes the broker as far away as a hosted queue, and handles everything twice. */
export const hostedQueue: StageExperiment = {
  info: {
    id: 'hosted-queue',
    title: 'A hosted queue: far away, and twice',
    statement:
      'A hosted queue costs a round trip for each message, and promises to deliver it at least once.',
    question:
      'Every message takes some milliseconds more each way and may be handed out twice, as by a hosted queue. What gets slower?',
    answers: WHAT_IS_SLOWER,
    breaks:
      'Slows the links between the stage and its queue, 15 ms each way unless you say otherwise; its workers handle messages twice at once, all of them unless you say otherwise.',
    why: 'The answer does not wait for the broker: the message is handed over afterwards (core/ledger/publish.ts). Each delivery pays at least one round trip to the queue, and duplicates find the receipt (core/lua/deliver.lua).',
    decision: 'docs/decisions/020-post-in-one-round-trip.md',
    size: { of: 'tweets each, near and far', usual: 30, most: 200 },
    takes: 25,
    brokers: ['sqs', 'bullmq', 'rabbitmq'],
    dials: [EACH_WAY, TWICE],
  },
  needs: { changes: ['handed out twice'] },
  dialled: (dials) => ({ twiceOfTen: dials[TWICE.name] ?? TWICE.usual }),
  run: (run, stage) => nearAndFar(run, stage, 'queue'),
};

/** How often the server is moved away and back, so that both measurements have the same share of whatever else happens. */
const TURNS = 5;

/** Moves a server of the stage away and back, measures posts and deliveries each time, and compares. */
export async function nearAndFar(run: RunStage, stage: BreakableStage, server: ServerName): Promise<Outcome> {
  const eachWay = run.dial(EACH_WAY.name);
  const links = allProcesses(stage).map((process) => process.links[server]);
  await measure(run, run.options.size); // the first posts of a new process are slow anyway
  run.note(
    `everything on the links to it takes ${eachWay} ms more each way, in ${TURNS} of ${2 * TURNS} turns`,
  );
  const nearTurns: Times[] = [];
  const farTurns: Times[] = [];
  const each = Math.ceil(run.options.size / TURNS);
  for (let turn = 0; turn < TURNS; turn++) {
    nearTurns.push(await measure(run, each));
    for (const link of links) link.slow(eachWay);
    farTurns.push(await measure(run, each));
    for (const link of links) link.heal();
  }
  const [near, far] = [mediansOf(nearTurns), mediansOf(farTurns)];
  run.note(`near: answered in ${inMs(near.answered)}, delivered after ${inMs(near.delivered)}`);
  run.note(`far: answered in ${inMs(far.answered)}, delivered after ${inMs(far.delivered)}`);
  return {
    // What waits for the server gets slower by a round trip, twice `eachWay`, and what does not by nothing. Half of it decides.
    answer: () => {
      if (far.answered > near.answered + eachWay) return 'both';
      return far.delivered > near.delivered + eachWay ? 'delivery' : 'nothing';
    },
    measured: [
      { name: 'answered, near, p50', value: inMs(near.answered) },
      { name: 'answered, far, p50', value: inMs(far.answered) },
      { name: 'delivered after, near, p50', value: inMs(near.delivered) },
      { name: 'delivered after, far, p50', value: inMs(far.delivered) },
    ],
  };
}

const inMs = (ms: number): string => `${ms.toFixed(1)} ms`;

/** Milliseconds until the answers, and from each of them until the delivery. */
type Times = { answered: number[]; delivered: number[] };

const mediansOf = (turns: Times[]) => ({
  answered: median(turns.flatMap(({ answered }) => answered)),
  delivered: median(turns.flatMap(({ delivered }) => delivered)),
});

/** Posts one tweet after another. */
async function measure(run: RunStage, tweets: number): Promise<Times> {
  const answered: number[] = [];
  const ids: number[] = [];
  for (let n = 0; n < tweets; n++) {
    const began = performance.now();
    const { tweetId } = await run.postOnce(run.random.pick(run.small));
    answered.push(performance.now() - began);
    ids.push(...(tweetId === null ? [] : [tweetId]));
    await run.untilFinished(30_000);
  }
  const deliveries = await readDeliveries(run.connections.pool, ids);
  const delivered = deliveries.map(
    ({ acceptedAt, finishedAt, now }) => Date.parse(finishedAt ?? now) - Date.parse(acceptedAt),
  );
  return { answered, delivered };
}

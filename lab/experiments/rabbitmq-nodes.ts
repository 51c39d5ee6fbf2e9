import { setTimeout as wait } from 'node:timers/promises';
import { MINUTE, SECOND } from '#core/durations.ts';
import { isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import type { Draft } from '#lab/clients/post.ts';
import { time } from '#lab/harness/table.ts';
import { deliveryTime } from '#lab/load/post.ts';
import type { StageExperiment } from './experiment.ts';
import type { RunStage } from './run-stage.ts';

const APART = 50; // ms between two posts
const AWAY = 3; // s with only one node
const PATIENCE = MINUTE;

/** Kills one of three nodes of the queue while people post, and then a second one. */
export const rabbitmqNodes: StageExperiment = {
  info: {
    id: 'rabbitmq-nodes',
    title: 'Nodes of your own, one killed, two killed',
    statement:
      'A quorum survives a minority: two of three nodes go on as if nothing had happened, one alone promises nothing.',
    question:
      'The queue is on three nodes of RabbitMQ. One is killed while people post, then a second one. What becomes of their tweets?',
    answers: [
      { id: 'stops', text: 'With the first one, delivery stops until it is back.' },
      { id: 'lost', text: 'What the dead nodes held is lost.' },
      { id: 'waits', text: 'With one dead it goes on; with two, tweets are accepted and wait.' },
    ],
    breaks: 'Kills two of the three nodes of the stage’s queue, one after the other.',
    why: 'A message of a quorum queue is confirmed when two of three nodes have it, so one of them may die. The adapter goes on to another node (broker/rabbitmq-connection.ts). One node alone has no majority and confirms nothing; the relay keeps what is not confirmed and publishes it later (worker/relay.ts).',
    decision: 'docs/brokers.md',
    size: { of: 'tweets in each part', usual: 20, most: 100 },
    takes: 40,
    brokers: ['rabbitmq'],
  },
  needs: { threeNodes: true },
  async run(run, stage) {
    const [first, second] = run.random.shuffled(stage.servers.nodes);
    if (!first || !second) throw new Error('Expected three nodes, got fewer');
    run.show(await run.post(run.largest));
    const withThree = await postMany(run);
    await run.untilFinished(PATIENCE);
    const posting = postMany(run);
    await first.end('SIGKILL');
    run.note('one node is killed');
    const withTwo = await posting;
    const goesOn = await run.untilFinished(PATIENCE).then(
      () => true,
      () => false,
    );
    run.note(`${goesOn ? 'everything' : 'not everything'} is delivered, with two nodes`);
    await second.end('SIGKILL');
    run.note('a second node is killed');
    const waiting = await postMany(run);
    await run.waitFor('one node is left, which confirms nothing', AWAY, wait(AWAY * SECOND));
    const early = await countDelivered(run, waiting);
    await first.start();
    run.note('one of the dead nodes is back');
    await run.untilFinished(PATIENCE);
    await second.start();
    const [threeMs, twoMs] = await Promise.all([slowestOf(run, withThree), slowestOf(run, withTwo)]);
    return {
      answer: ({ accepted, delivered }) => {
        if (delivered < accepted) return 'lost';
        return goesOn && early === 0 ? 'waits' : 'stops';
      },
      measured: [
        { name: 'slowest delivery with three nodes', value: threeMs },
        { name: 'slowest delivery while one of them is killed', value: twoMs },
        { name: 'accepted while two are dead', value: `${idsOf(waiting).length} of ${waiting.length}` },
        { name: 'delivered before one was back', value: String(early) },
      ],
    };
  },
};

const postMany = (run: RunStage) => run.postMany(run.options.size, { between: APART });

const idsOf = (drafts: Draft[]) => drafts.flatMap(({ tweetId }) => tweetId ?? []);

/** The time from the answer to the last follower, for the slowest of these tweets, which are delivered. */
async function slowestOf(run: RunStage, drafts: Draft[]): Promise<string> {
  const deliveries = await readDeliveries(run.connections.pool, idsOf(drafts));
  return time(Math.max(...deliveries.map(deliveryTime)), 'ms');
}

async function countDelivered(run: RunStage, drafts: Draft[]): Promise<number> {
  const deliveries = await readDeliveries(run.connections.pool, idsOf(drafts));
  return deliveries.filter(isFinished).length;
}

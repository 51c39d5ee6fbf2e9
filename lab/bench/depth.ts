import { BROKERS, type BrokerName } from '#broker/variables.ts';
import { brokerNameIn } from '#dev/broker.ts';
import { installRabbitmq } from '#dev/rabbitmq.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { whole } from '#lab/harness/table.ts';
import { fillQueue, levelsTo } from '#lab/load/fill-queue.ts';
import { openLimitedBroker } from '#lab/stage/limited-broker.ts';
import { openServers } from '#lab/stage/stage.ts';
import { TITLES } from './brokers/contestant.ts';
import { type Depth, type Depths, depthTable, draw, endTable, figuresOf } from './depth/results.ts';

/*
 * More than memory. Each broker in turn has a server of its own whose memory is bounded, and nobody takes anything:
 * 10,000 messages wait, then 30,000, then 100,000, and so on, until it takes no more. At each level the bench measures
 * how fast messages are published and taken, how long one publish takes, and how much memory the server holds. From these
 * it computes how long a message that comes now would wait. In the end it takes everything, and looks for messages that were
 * confirmed and never came.
 */

type Sizes = 'from' | 'most' | 'limit' | 'sample' | 'singles' | 'seconds';

async function measure(run: Run<Sizes>) {
  const stage = await openServers(run);
  const depths: Depths = new Map();
  for (const name of chosen(run.words.broker ?? '')) {
    run.log(`${TITLES[name]} …`);
    depths.set(name, await fillOne(name, run));
  }
  const { limit, most } = run.sizes;
  return {
    machine: stage.machine,
    runs: {},
    figures: figuresOf(depths),
    goals: Object.fromEntries([...depths.keys()].map((name) => [`${name}_lost`, { atMost: 0 }])),
    tables: [depthTable(depths, limit), endTable(depths)],
    drawing: draw(depths, { limitMb: limit, levels: levelsTo(run.sizes.from, most) }),
  };
}

/** One broker, or all of them. */
function chosen(broker: string): readonly BrokerName[] {
  if (broker === 'all') return BROKERS;
  return [brokerNameIn({ BROKER: broker })];
}

async function fillOne(name: BrokerName, run: Run<Sizes>): Promise<Depth> {
  const { from, most, limit, sample, singles, seconds } = run.sizes;
  if (name === 'rabbitmq') installRabbitmq();
  const limited = await openLimitedBroker(name, { dataDir: run.dataDir, memoryMb: limit });
  run.onEnd(limited.close);
  const filling = await fillQueue(limited, {
    ...{ sample, singles, seconds, levels: levelsTo(from, most) },
    told: ({ waiting, takenPerS, memoryMb }) =>
      run.log(`${whole(waiting)} wait: ${whole(Math.round(takenPerS))} taken/s, ${memoryMb} MB`),
  });
  run.log('taking all that is left …');
  const { lost } = await filling.drain(seconds * 1_000);
  await limited.close();
  return { ...filling, lost };
}

await runBench<Sizes>({
  name: 'depth',
  words: { broker: 'all' },
  sizes: { from: 10_000, most: 3_000_000, limit: 1_024, sample: 5_000, singles: 100, seconds: 240 },
  goals: {},
  measure,
});

import { BROKERS, type BrokerName } from '#dev/broker.ts';
import { startServers } from '#dev/servers.ts';
import { migrate } from '#prisma/migrate.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import { type Contestant, enter } from './brokers/contestant.ts';
import { draw } from './brokers/drawing.ts';
import { killWorker, measureFanOuts, withWorkers } from './brokers/fan-outs.ts';
import { measureMessages } from './brokers/messages.ts';
import { killConsumer, killRabbitmq, killRedis } from './brokers/nets.ts';
import { deliverTwice } from './brokers/receipts.ts';
import { type Broken, brokerTable, figuresOf, goalsFor, netTable, type Result } from './brokers/results.ts';
import { describeMachine } from './run/machine.ts';
import { type Run, runBench } from './run/run-bench.ts';
import { connect } from './stage/connect.ts';

/*
 * The same fan-outs on each broker, one broker after the other on the same Postgres and the same timelines, with two
 * worker processes as `npm start` runs them; then what each does with bare messages, what a SIGKILL of a worker costs,
 * and what is lost when the safety nets are switched off one by one.
 */

type Sizes = 'followers' | 'runs' | 'kills' | 'messages' | 'samples' | 'lost';
type Authors = { million: number; few: number };

const TWEETS = 10; // in every timeline before the first run
const FEW = 12_000; // followers whose timelines may hold a tweet twice afterwards: three chunks

async function measure(run: Run<Sizes>) {
  const servers = await startServers({ dataDir: run.dataDir, durable: true, log: run.log });
  run.onEnd(() => servers.stop());
  await migrate(servers.databaseUrl); // makes the database too
  const connections = connect(servers, run);
  const machine = await describeMachine(connections, run.loadBefore);
  run.log(`an author with ${run.sizes.followers.toLocaleString('en')} followers …`);
  const authors = await addAuthors(connections, run.sizes.followers);
  const results = new Map<BrokerName, Result>();
  for (const name of BROKERS) {
    run.log(`${name} …`);
    const contestant = await enter(name, servers, run);
    results.set(name, await measureOne(contestant, authors, run));
    await contestant.leave();
  }
  run.log('without safety nets …');
  const broken = await breakNets(run);
  return {
    machine,
    runs: runsOf(results),
    figures: figuresOf(results, broken, run.sizes.followers),
    tables: [brokerTable(results, run.sizes), netTable(results, broken)],
    drawing: draw(results, run.sizes.followers),
  };
}

async function addAuthors({ pool, store }: Pick<Contestant, 'pool' | 'store'>, followers: number) {
  const million = await addAuthorWithFollowers(pool, store, { handle: 'many', followers, tweets: TWEETS });
  const few = await addAuthorWithFollowers(pool, store, { handle: 'few', followers: FEW, tweets: TWEETS });
  return { million: million.id, few: few.id };
}

async function measureOne(contestant: Contestant, authors: Authors, run: Run<Sizes>): Promise<Result> {
  const { runs, kills, messages, samples } = run.sizes;
  const bare = await measureMessages(contestant, { count: messages, samples });
  const { fanOuts, twice } = await withWorkers(contestant, run, async () => ({
    fanOuts: await measureFanOuts(contestant, authors.million, runs),
    twice: await deliverTwice(contestant, authors.few),
  }));
  const recoveries: Result['recoveries'] = [];
  for (let n = 0; n < kills; n++) recoveries.push(await killWorker(contestant, authors.million, run));
  return { ...fanOuts, messages: bare, recoveries, twice };
}

async function breakNets(run: Run<Sizes>): Promise<Broken> {
  return {
    append_only: { on: await killRedis('on', run), off: await killRedis('off', run) },
    confirms: { on: await killRabbitmq('on', run), off: await killRabbitmq('off', run) },
    acknowledgement: { on: await killConsumer('on', run), off: await killConsumer('off', run) },
  };
}

function runsOf(results: Map<BrokerName, Result>) {
  const entries = [...results].flatMap(([name, { seconds, messages, recoveries }]) => [
    [`${name}_fan_out`, seconds],
    [`${name}_latency`, messages.latency],
    [`${name}_recovery`, { unit: 's' as const, values: recoveries.map((each) => each.seconds) }],
  ]);
  return Object.fromEntries(entries);
}

await runBench<Sizes>({
  name: 'brokers',
  sizes: { followers: 1_000_000, runs: 5, kills: 3, messages: 20_000, samples: 500, lost: 20_000 },
  goals: goalsFor(BROKERS),
  measure,
});

import { BROKERS } from '#broker/variables.ts';
import type { Log } from '#dev/log.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { whole } from '#lab/harness/table.ts';
import { openServers } from '#lab/stage/stage.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import { type Contestant, enter } from './brokers/contestant.ts';
import { killWorker, measureFanOuts, withWorkers } from './brokers/fan-outs.ts';
import { measureMessages } from './brokers/messages.ts';
import { deliverTwice } from './brokers/receipts.ts';
import {
  brokerTable,
  draw,
  figuresOf,
  goalsFor,
  newResult,
  type Result,
  type Results,
  safetyNetTable,
} from './brokers/results.ts';
import { measureLosses } from './brokers/safety-nets.ts';

/*
 * Runs the same fan-outs on each broker, on the same Postgres and the same timelines, with two worker processes as `npm
 * start` has them. Then it measures bare messages and what a SIGKILL of a worker costs. At last it switches the safety
 * nets off, one by one, and counts what is lost.
 *
 * The brokers take turns in everything that is compared, so that a slow minute of the machine hits them all. A broker
 * has workers only while it is its turn.
 */

type Sizes = 'followers' | 'runs' | 'kills' | 'messages' | 'samples' | 'lost';
type Authors = { million: number; few: number };

const ROUNDS = 2; // of fan-outs, each with one to warm up
const TWEETS = 10; // in every timeline before the first run
const FEW = 12_000; // followers whose timelines may hold a tweet twice afterwards: three chunks

async function measure(run: Run<Sizes>) {
  const stage = await openServers(run);
  run.log(`an author with ${whole(run.sizes.followers)} followers …`);
  const authors = await addAuthors(stage, run.sizes.followers);
  const contestants: Contestant[] = [];
  for (const name of BROKERS) contestants.push(await enter(name, stage.servers, run));
  const results = await compare(contestants, authors, run);
  for (const contestant of contestants) await contestant.leave();
  run.log('without safety nets …');
  const losses = await measureLosses(run);
  return {
    machine: stage.machine,
    runs: runsOf(results),
    figures: figuresOf(results, losses, run.sizes.followers),
    tables: [brokerTable(results, run.sizes), safetyNetTable(results, losses)],
    drawing: draw(results, run.sizes.followers),
  };
}

async function addAuthors({ pool, store }: Pick<Contestant, 'pool' | 'store'>, followers: number) {
  const million = await addAuthorWithFollowers(pool, store, { handle: 'many', followers, tweets: TWEETS });
  const few = await addAuthorWithFollowers(pool, store, { handle: 'few', followers: FEW, tweets: TWEETS });
  return { million: million.id, few: few.id };
}

async function compare(contestants: Contestant[], authors: Authors, run: Run<Sizes>) {
  const { runs, kills, messages, samples } = run.sizes;
  const results: Results = new Map();
  for (const contestant of contestants) {
    run.log(`${contestant.name}: bare messages …`);
    const bare = await measureMessages(contestant, { count: messages, samples });
    results.set(contestant.name, newResult(bare));
  }
  const inTurns = takeTurns(contestants, results, run.log);
  await inTurns('fan-outs', ROUNDS, async (each, result) => {
    await withWorkers(each, run, () => measureFanOuts(each, result, { authorId: authors.million, runs }));
  });
  await inTurns('everything twice', 1, async (each, result) => {
    result.twice = await withWorkers(each, run, () => deliverTwice(each, authors.few));
  });
  await inTurns('a worker killed', kills, async (each, result) => {
    result.recoveries.push(await killWorker(each, authors.million, run));
  });
  return results;
}

type Measure = (contestant: Contestant, result: Result) => Promise<void>;

function takeTurns(contestants: Contestant[], results: Results, log: Log) {
  return async (what: string, times: number, measure: Measure) => {
    for (let n = 1; n <= times; n++) {
      for (const contestant of contestants) {
        const result = results.get(contestant.name);
        log(`${contestant.name}: ${what}, ${n} of ${times} …`);
        if (result) await measure(contestant, result);
      }
    }
  };
}

function runsOf(results: Results) {
  const entries = [...results].flatMap(([name, { seconds, messages, recoveries }]) => [
    [`${name}_fan_out`, seconds],
    [`${name}_latency`, messages.latency],
    [`${name}_recovery`, { unit: 's' as const, values: recoveries.map((each) => each.seconds) }],
  ]);
  return Object.fromEntries(entries);
}

await runBench<Sizes>({
  name: 'brokers',
  sizes: { followers: 1_000_000, runs: 3, kills: 3, messages: 20_000, samples: 500, lost: 20_000 },
  goals: goalsFor(BROKERS),
  measure,
});

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brokerNameIn } from '#dev/broker.ts';
import { finishBuild, isBuilt, startBuild } from '#dev/build.ts';
import { type Log, logAs } from '#dev/log.ts';
import { ROOT } from '#dev/paths.ts';
import { explain, StartError } from '#dev/start-error.ts';
import { listenForStop } from '#dev/stop-signal.ts';
import { type ChaosReport, print } from './chaos/report.ts';
import { type ChaosOptions, runChaos } from './chaos/run-chaos.ts';
import { KIND_NAMES, type KindName } from './faults/kinds.ts';
import { numberAbove0 } from './harness/options.ts';
import { type BrokerRecovery, measureRecovery, printRecovery, summary } from './recovery/measure-recovery.ts';

/**
 * `npm run chaos -- --minutes M --seed S [--broker rabbitmq] [--cluster] [--no-web] [--json]`: breaks a system of its own for M
 * minutes and checks every promise. Exit code 1 when a promise was broken.
 *
 * - `--cluster` puts the timelines on three masters with replicas, and breaks those.
 * - `--kinds "postgres restored"` makes only this kind of fault. It may be given several times.
 * - `--recovery` measures instead how soon everything works again.
 */
export async function run(_verb: string, args: string[]): Promise<number> {
  // The log goes to stderr: the last line of stdout is for `--json`.
  const log = logAs('chaos', console.error);
  const stopped = listenForStop().first;
  try {
    const { json, recovery, ...options } = optionsFrom(args, log);
    if (options.web === 'next' && !isBuilt()) await build(log);
    if (recovery) {
      const recoveries = await measureRecovery({ ...options, times: TIMES });
      return finishRecovery({ broker: options.broker, recoveries: recoveries.map(summary) }, json);
    }
    const report = await runChaos({ ...options, stopped });
    if (!report) return 130;
    print(report);
    if (json) console.log(JSON.stringify({ chaos: report }));
    return hasFindings(report) ? 1 : 0;
  } catch (error) {
    console.error(explain(error));
    return 1;
  }
}

const TIMES = 5; // how often each outage is made

function finishRecovery(recovery: BrokerRecovery, json: boolean): number {
  printRecovery(recovery);
  if (json) console.log(JSON.stringify({ recovery }));
  return recovery.recoveries.some(({ longestMs, goalMs }) => longestMs > goalMs) ? 1 : 0;
}

const hasFindings = ({ found }: ChaosReport) => Object.values(found).some((count) => count > 0);

async function build(log: Log): Promise<void> {
  log('sources changed: building …');
  await finishBuild(startBuild(process.env));
}

const MINUTE = 60_000; // ms

function optionsFrom(
  args: string[],
  log: Log,
): Omit<ChaosOptions, 'stopped'> & { json: boolean; recovery: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      every: { type: 'string', default: '500' },
      broker: { type: 'string', default: 'bullmq' },
      kinds: { type: 'string', multiple: true },
      cluster: { type: 'boolean', default: false },
      'no-web': { type: 'boolean', default: false },
      recovery: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const seed = numberAbove0('seed', values.seed);
  const minutes = numberAbove0('minutes', values.minutes);
  return {
    broker: brokerNameIn({ BROKER: values.broker }),
    seed,
    ...roundsOf(minutes),
    everyMs: numberAbove0('every', values.every),
    kinds: values.kinds?.map(kindNamed),
    cluster: values.cluster,
    web: values['no-web'] ? 'api' : 'next',
    workers: ['A', 'B', 'C'],
    population: { audiences: [0, 1, 12, 300, 5_000, 5_001, 60_000], actors: 24 },
    chunkSize: 1_000,
    clients: 8,
    // Not in test-results, which Playwright empties.
    folder: join(ROOT, '.data', 'chaos', `${values.broker}${values.cluster ? '-cluster' : ''}-${seed}`),
    json: values.json,
    recovery: values.recovery,
    log,
  };
}

function kindNamed(name: string): KindName {
  const found = KIND_NAMES.find((kind) => kind === name);
  if (found) return found;
  throw new StartError(
    `--kinds: expected a kind of fault, got ${name}`,
    `There are: ${KIND_NAMES.join(', ')}.`,
  );
}

const ROUND = 2; // minutes at most; healing and checking take 12 to 15 s more

/** From two minutes on the number of rounds is even, because only two rounds together have all kinds (see kindsOf). */
function roundsOf(minutes: number) {
  const rounds = minutes < 2 ? 1 : 2 * Math.ceil(minutes / (2 * ROUND));
  return { rounds, roundMs: (minutes / rounds) * MINUTE };
}

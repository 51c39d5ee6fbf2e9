import { loadavg } from 'node:os';
import { join } from 'node:path';
import { costOf } from '#core/admission/admission.ts';
import { seconds } from '#dev/log.ts';
import { installRabbitmq } from '#dev/rabbitmq.ts';
import type { Population } from '#lab/clients/population.ts';
import { type KindName, kindsOf, linkedServers, possibleKinds } from '#lab/faults/kinds.ts';
import { schedule } from '#lab/faults/schedule.ts';
import { Findings } from '#lab/harness/findings.ts';
import { History } from '#lab/harness/history.ts';
import { describeMachine } from '#lab/harness/machine.ts';
import { Random } from '#lab/harness/random.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import { type BreakableStageOptions, openBreakableStage } from '#lab/stage/breakable-stage.ts';
import type { Held } from '#lab/stage/web-at-rest.ts';
import { type ChaosReport, reportRounds } from './report.ts';
import { playRound, prepareRun, type RoundOptions, type RoundReport, type RunContext } from './round.ts';

export type ChaosOptions = Omit<BreakableStageOptions, 'maxBacklog' | 'logDir' | 'died'> & {
  seed: number;
  /** Rounds with faults. One without faults comes first. */
  rounds: number;
  /** How long each round lasts, until everything heals and is checked. */
  roundMs: number;
  /** The mean time between two faults. */
  everyMs: number;
  /** Only these kinds of fault. All kinds when missing. */
  kinds?: KindName[] | undefined;
  population: Population;
  clients: number;
  /** The folder for the history and the output of the processes. */
  folder: string;
  /** Ends the run early when it resolves. */
  stopped: Promise<void>;
};

/** Breaks the system, checks all that it promised, and returns what was found. Undefined when it was stopped. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport | undefined> {
  const { broker, seed, web, cluster = false, folder, population, stopped } = options;
  const historyFile = join(folder, 'history.jsonl');
  const history = new History(historyFile);
  const findings = new Findings((kind, text) => history.note('found', { kind, text }));
  const died = (name: string, how: string) => findings.add('process died', `${name}: ${how}`);
  const maxBacklog = backlogFor(population);
  const [loadBefore = 0] = loadavg();
  if (broker === 'rabbitmq') installRabbitmq();
  const stage = await openBreakableStage({
    ...{ ...options, died, maxBacklog, logDir: folder },
    smallDisks: true,
  });
  try {
    const machine = await describeMachine({ pool: stage.pool, redis: stage.store.redis }, loadBefore);
    const context = await prepareRun(stage, population, { findings, history });
    const played = await Promise.race([playRounds(context, options), stopped]);
    if (!played) return undefined;
    const { faultFree, rounds } = played;
    const report = reportRounds(faultFree, rounds, findings);
    return { broker, seed, web, cluster, machine, ...report, history: historyFile };
  } finally {
    await stage.close();
    await history.close();
  }
}

/** Room for four tweets of the largest author and fifty small ones, so that some posts are refused. */
const backlogFor = ({ audiences }: Population) => costOf(Math.max(...audiences)) * 4 + costOf(12) * 50;

async function playRounds(context: RunContext, options: ChaosOptions) {
  const random = new Random(options.seed);
  const play = async (number: number, before?: Held) => {
    const round = await playRound(context, {
      ...planRound(number, random, { ...options, stage: context.stage }),
      before,
    });
    options.log(inOneLine(number, round, context.findings));
    return round;
  };
  const faultFree = await play(0);
  const rounds: RoundReport[] = [];
  for (let number = 1; number <= options.rounds; number++) rounds.push(await play(number, faultFree.held));
  return { faultFree, rounds };
}

const FAULT_FREE = 20_000; // ms

/** Plans other faults for each round, and the same load for all. Round 0 has no faults. */
function planRound(
  number: number,
  random: Random,
  options: ChaosOptions & Pick<RunContext, 'stage'>,
): Omit<RoundOptions, 'before'> {
  const { seed, roundMs, everyMs: every, workers, clients, stage } = options;
  const kinds = number === 0 ? [] : possibleKinds(options.kinds ?? kindsOf(number), stage);
  const ms = number === 0 ? Math.min(FAULT_FREE, roundMs) : roundMs;
  const faults = schedule({
    ...{ random: random.fork(), ms, every, workers, kinds },
    linked: linkedServers(stage),
  });
  // With this prefix every idempotency key has the eight characters that the API asks for.
  return { name: `chaos-${seed}-${number}`, random: new Random(seed), ms, faults, clients };
}

function inOneLine(number: number, round: RoundReport, { total }: Findings): string {
  const { inflicted, posts, speed, checked } = round;
  const faults = sumOf(inflicted.values(), (count) => count);
  return (
    `round ${number}: ${faults} faults in ${seconds(speed.seconds * 1_000)}, ` +
    `${posts.accepted} tweets accepted, ${checked.audited} audited, ${total} findings so far`
  );
}

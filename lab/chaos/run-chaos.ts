import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { BrokerName } from '#broker/variables.ts';
import { type Log, seconds } from '#dev/log.ts';
import { describeMachine } from '#lab/run/machine.ts';
import { kindsOf } from '../faults/kinds.ts';
import { schedule } from '../faults/schedule.ts';
import { Findings } from './findings.ts';
import { History } from './history.ts';
import type { Population } from './people.ts';
import { Random } from './random.ts';
import { type ChaosReport, report, tell } from './report.ts';
import { playRound, type RoundOptions, type RoundReport } from './round.ts';
import { fill, type Scene } from './scene.ts';
import { openStage } from './stage/stage.ts';

export type ChaosOptions = {
  broker: BrokerName;
  seed: number;
  /** Rounds under faults; one without faults is measured first. */
  rounds: number;
  /** Of each; then everything heals and is checked. */
  roundMs: number;
  /** Between two faults on average. */
  everyMs: number;
  web: 'next' | 'api';
  workers: string[];
  population: Population;
  chunkSize: number;
  clients: number;
  /** For the history and what the processes say. */
  folder: string;
  log: Log;
  /** Ends the run before its time. */
  stopped: Promise<void>;
};

/** Breaks the system for so long, checks all that it promised, and says what was found; nothing when stopped. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport | undefined> {
  const { broker, seed, web, folder, population, stopped } = options;
  const historyFile = join(folder, 'history.jsonl');
  const history = new History(historyFile);
  const findings = new Findings((kind, text) => history.note('found', { kind, text }));
  const died = (name: string, how: string) => findings.add('process died', `${name}: ${how}`);
  const maxBacklog = backlogFor(population);
  const [loadBefore = 0] = loadavg();
  const stage = await openStage({ ...options, died, maxBacklog, logDir: folder });
  try {
    const machine = await describeMachine(stage, loadBefore);
    const scene = await fill(stage, population, { findings, history });
    const played = await Promise.race([playRounds(scene, options), stopped]);
    if (!played) return undefined;
    return { broker, seed, web, machine, ...report(...played), ...tell(findings), history: historyFile };
  } finally {
    await stage.close();
    await history.close();
  }
}

/** Room for a few of the largest audiences, so that some posts are refused. */
const backlogFor = ({ audiences }: Population) => Math.max(...audiences) * 4;

/** The first without faults. */
async function playRounds(
  scene: Scene,
  options: ChaosOptions,
): Promise<[faultFree: RoundReport, rounds: RoundReport[]]> {
  const random = new Random(options.seed);
  const play = async (number: number) => {
    const round = await playRound(scene, planRound(number, random, options));
    options.log(inOneLine(number, round, scene.findings));
    return round;
  };
  const faultFree = await play(0);
  const rounds: RoundReport[] = [];
  for (let number = 1; number <= options.rounds; number++) rounds.push(await play(number));
  return [faultFree, rounds];
}

const FAULT_FREE = 20_000; // ms

/** Other faults in each, and the same load in all. */
function planRound(number: number, random: Random, options: ChaosOptions): RoundOptions {
  const { seed, roundMs, everyMs: every, workers, clients } = options;
  const kinds = number === 0 ? [] : kindsOf(number);
  const ms = number === 0 ? Math.min(FAULT_FREE, roundMs) : roundMs;
  const faults = schedule({ random: random.fork(), ms, every, workers, kinds });
  return { name: `${seed}-${number}`, random: new Random(seed), ms, faults, clients };
}

function inOneLine(
  number: number,
  { inflicted, posts, speed, checked }: RoundReport,
  { total }: Findings,
): string {
  const faults = [...inflicted.values()].reduce((sum, count) => sum + count, 0);
  return (
    `round ${number}: ${faults} faults in ${seconds(speed.seconds * 1_000)}, ` +
    `${posts.accepted} tweets accepted, ${checked.audited} audited, ${total} findings so far`
  );
}

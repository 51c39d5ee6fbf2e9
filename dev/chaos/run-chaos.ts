import { join } from 'node:path';
import type { Log } from '../log.ts';
import { seconds } from '../log.ts';
import { untilSettled } from './check/settled.ts';
import { KIND_NAMES, type KindName, kindsOf } from './faults/kinds.ts';
import { schedule } from './faults/schedule.ts';
import { type FindingKind, Findings } from './findings.ts';
import { History } from './history.ts';
import { signIn } from './load/call.ts';
import { overall, type Speed } from './measure.ts';
import { type Population, writePeople } from './people.ts';
import { playRound, type RoundReport, type Scene } from './round.ts';
import { openStage, type Stage } from './stage/stage.ts';

export type ChaosOptions = {
  seed: number;
  /** Under faults, without the time for healing and checking. */
  ms: number;
  /** After so long everything heals and is checked; the same time without faults is measured first. */
  roundMs: number;
  /** Between two faults on average. */
  everyMs: number;
  web: 'next' | 'door';
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

export type ChaosReport = {
  seed: number;
  faults: Record<KindName, number>;
  found: Record<FindingKind, number>;
  findings: string[];
  posts: RoundReport['posts'];
  checked: RoundReport['checked'] & { reads: number; progress: number; takenBack: number };
  faultFree: Speed;
  underFaults: Speed;
  history: string;
};

/** Breaks the system for so long, checks all that it promised, and says what was found; nothing when stopped. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport | undefined> {
  const findings = new Findings();
  const historyFile = join(options.folder, 'history.jsonl');
  const history = new History(historyFile);
  const died = (name: string, how: string) => {
    history.note('died', { name, how });
    findings.add('process died', `${name}: ${how}`);
  };
  const stage = await openStage({
    ...options,
    died,
    logDir: options.folder,
    maxBacklog: backlogFor(options),
  });
  try {
    const scene = await prepare(stage, options, { findings, history });
    const played = await Promise.race([playRounds(scene, options), options.stopped]);
    if (!played) return undefined;
    const [faultFree, ...rounds] = played;
    return { seed: options.seed, ...report(faultFree, rounds), ...tell(findings), history: historyFile };
  } finally {
    await stage.close();
    await history.close();
  }
}

/** Room for a few of the largest audiences, so that some posts are refused. */
const backlogFor = ({ population }: ChaosOptions) => Math.max(...population.audiences) * 4;

const SETTLE = 30_000; // ms for the workers to start

async function prepare(
  stage: Stage,
  { population, clients }: ChaosOptions,
  told: Pick<Scene, 'findings' | 'history'>,
): Promise<Scene> {
  const people = await writePeople(stage.pool, stage.store, population);
  await untilSettled(stage.store, SETTLE);
  const { url } = stage.web;
  const authors = await Promise.all(
    people.authors.map(async (author) => ({ ...author, ...(await signIn(url, author)) })),
  );
  const actors = await Promise.all(people.actors.map((actor) => signIn(url, actor)));
  return { ...told, stage, people, callers: { authors, actors }, clients };
}

/** The first without faults. */
async function playRounds(scene: Scene, options: ChaosOptions) {
  const { seed, ms, roundMs, everyMs, workers, log } = options;
  const play = async (n: number, faults: ReturnType<typeof schedule>) => {
    const length = Math.min(roundMs, ms);
    const round = await playRound(scene, { name: `${seed}-${n}`, seed: seed + n, ms: length, faults });
    log(inOneLine(n, round, scene.findings));
    return round;
  };
  const first = await play(0, []);
  const rest: RoundReport[] = [];
  for (let n = 1; n <= Math.max(1, Math.round(ms / roundMs)); n++)
    rest.push(
      await play(
        n,
        schedule({
          seed: seed + n,
          ms: Math.min(roundMs, ms),
          every: everyMs,
          workers,
          kinds: kindsOf(n),
        }),
      ),
    );
  return [first, ...rest] as const;
}

function inOneLine(n: number, { inflicted, posts, speed, checked }: RoundReport, findings: Findings): string {
  const faults = [...inflicted.values()].reduce((sum, count) => sum + count, 0);
  return (
    `round ${n}: ${faults} faults in ${seconds(speed.seconds * 1_000)}, ${posts.accepted} tweets accepted, ` +
    `${checked.audited} audited, ${findings.total} findings so far`
  );
}

function report(faultFree: RoundReport, rounds: RoundReport[]) {
  const all = [faultFree, ...rounds];
  const total = (of: (round: RoundReport) => number, among = all) =>
    among.reduce((sum, round) => sum + of(round), 0);
  const faults = KIND_NAMES.map((kind) => [kind, total((round) => round.inflicted.get(kind) ?? 0)]);
  return {
    faults: Object.fromEntries(faults) as Record<KindName, number>,
    posts: {
      accepted: total((round) => round.posts.accepted),
      refused: total((round) => round.posts.refused),
      open: total((round) => round.posts.open),
    },
    checked: {
      audited: total((round) => round.checked.audited),
      present: total((round) => round.checked.present),
      cold: total((round) => round.checked.cold),
      timelines: total((round) => round.checked.timelines),
      entries: total((round) => round.checked.entries),
      reads: total((round) => round.comparedReads),
      progress: total((round) => round.progressLooks),
      takenBack: total((round) => round.takenBack),
    },
    faultFree: faultFree.speed,
    underFaults: overall(rounds.map((round) => round.speed)),
  };
}

const tell = (findings: Findings) => ({ found: findings.counts(), findings: findings.lines() });

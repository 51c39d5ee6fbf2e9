import type { BrokerName } from '#broker/variables.ts';
import type { Machine } from '#lab/run/machine.ts';
import { KIND_NAMES, type KindName } from '../faults/kinds.ts';
import type { FindingKind, Findings } from './findings.ts';
import { overall, type Speed } from './measure.ts';
import type { RoundReport } from './round.ts';

/** What a run did, how much it looked at, what it found, and how fast the system was meanwhile. */
export type ChaosReport = {
  broker: BrokerName;
  seed: number;
  web: 'next' | 'api';
  machine: Machine;
  faults: Record<KindName, number>;
  found: Record<FindingKind, number>;
  /** The first few of each kind, in words. */
  findings: string[];
  posts: RoundReport['posts'];
  checked: RoundReport['checked'] & { reads: number; progress: number; takenBack: number };
  faultFree: Speed;
  underFaults: Speed;
  /** The file that says what was done when. */
  history: string;
};

/** The rounds' part of a report. */
export function report(
  faultFree: RoundReport,
  rounds: RoundReport[],
): Pick<ChaosReport, 'faults' | 'posts' | 'checked' | 'faultFree' | 'underFaults'> {
  const total = (of: (round: RoundReport) => number) =>
    [faultFree, ...rounds].reduce((sum, round) => sum + of(round), 0);
  return {
    faults: mapKinds((kind) => total((round) => round.inflicted.get(kind) ?? 0)),
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
      scheduled: total((round) => round.checked.scheduled),
      tasks: total((round) => round.checked.tasks),
      ticks: total((round) => round.checked.ticks),
      reads: total((round) => round.comparedReads),
      progress: total((round) => round.progressLooks),
      takenBack: total((round) => round.takenBack),
    },
    faultFree: faultFree.speed,
    underFaults: overall(rounds.map((round) => round.speed)),
  };
}

function mapKinds(count: (kind: KindName) => number) {
  return Object.fromEntries(KIND_NAMES.map((kind) => [kind, count(kind)])) as Record<KindName, number>;
}

/** The findings' part of a report. */
export const tell = (findings: Findings): Pick<ChaosReport, 'found' | 'findings'> => ({
  found: findings.counts(),
  findings: findings.lines(),
});

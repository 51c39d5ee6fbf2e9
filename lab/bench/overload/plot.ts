import { type Curve, drawPlot, type Tone } from '#lab/plot/panels.ts';
import { significant } from '#lab/run/table.ts';
import type { Rounds } from './figures.ts';
import { LOADS, POLICIES } from './policies.ts';
import type { Round } from './round.ts';

const TONES: Tone[] = ['ours', 'variant', 'other'];

/** The rounds as four panels over the load. */
export function plotRounds(
  rounds: Rounds,
  { capacity, promisedS }: { capacity: number; promisedS: number },
): string {
  const curves = (pick: (round: Round) => number): Curve[] =>
    POLICIES.map((policy, index) => ({
      name: policy.name,
      tone: TONES[index] ?? 'other',
      values: LOADS.map((load) => valueIn(rounds, { load, policy, pick })),
    }));
  const promised = { value: promisedS, name: 'promised' };
  return drawPlot({
    title: 'More than can be delivered, with back pressure and without',
    axis: `load, × capacity (${significant(capacity / 1_000)}k deliveries/s)`,
    ticks: LOADS.map((load) => `${load}×`),
    panels: [
      {
        title: `Deliveries a second within ${promisedS} s`,
        scale: 'linear',
        curves: curves((round) => round.inTime),
        write: thousands,
      },
      {
        title: 'Wait of admitted deliveries, p99',
        scale: 'log',
        curves: curves((round) => round.waitP99),
        write: seconds,
        mark: promised,
      },
      {
        title: 'Largest backlog, deliveries',
        scale: 'log',
        curves: curves((round) => round.mostBacklog),
        write: thousands,
      },
      {
        title: 'Growth of the broker’s Redis, MB',
        scale: 'linear',
        curves: curves((round) => round.grownBytes / 2 ** 20),
        write: plain,
      },
    ],
  });
}

type Wanted = { load: number; policy: Rounds[number]['policy']; pick(round: Round): number };

function valueIn(rounds: Rounds, { load, policy, pick }: Wanted): number | null {
  const found = rounds.find((each) => each.load === load && each.policy === policy);
  return found ? pick(found.round) : null;
}

const plain = (value: number) => String(Number(value.toPrecision(2)));
const seconds = (value: number) => `${plain(value)} s`;
const thousands = (value: number) =>
  value >= 1e6 ? `${plain(value / 1e6)}M` : value >= 1e3 ? `${plain(value / 1e3)}k` : plain(value);

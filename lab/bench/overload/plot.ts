import { type Curve, drawPanels, type Tone } from '#lab/harness/plot.ts';
import { plain, significant, thousands } from '#lab/harness/table.ts';
import { LOADS, POLICIES } from './policies.ts';
import type { Rounds } from './results.ts';
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
      values: LOADS.map((load) => {
        const found = rounds.find((each) => each.load === load && each.policy === policy);
        return found ? pick(found.round) : null;
      }),
    }));
  const wait = { title: 'Wait of admitted deliveries, p99', curves: curves((round) => round.waitP99) };
  const backlog = { title: 'Largest backlog, deliveries', curves: curves((round) => round.mostBacklog) };
  const done = {
    title: `Deliveries a second within ${promisedS} s`,
    curves: curves((round) => round.inTime),
  };
  const grown = {
    title: 'Growth of the broker’s Redis, MB',
    curves: curves((round) => round.grownBytes / 2 ** 20),
  };
  return drawPanels({
    title: 'More than can be delivered, with back pressure and without',
    axis: `load, × capacity (${significant(capacity / 1_000)}k deliveries/s)`,
    ticks: LOADS.map((load) => `${load}×`),
    panels: [
      { ...done, scale: 'linear', write: thousands },
      {
        ...{ ...wait, scale: 'log', write: (value) => `${plain(value)} s` },
        mark: { value: promisedS, name: 'promised' },
      },
      { ...backlog, scale: 'log', write: thousands },
      { ...grown, scale: 'linear', write: plain },
    ],
  });
}

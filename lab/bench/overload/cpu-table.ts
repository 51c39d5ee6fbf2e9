import { significant, type Table } from '#lab/run/table.ts';
import type { Rounds } from './figures.ts';

/** Which process used how many cores in each round: what refusing costs, and whether anything else ran. */
export function cpuTable(rounds: Rounds, seconds: number): Table {
  const names = [...(rounds[0]?.round.cpu.keys() ?? [])];
  const rows = rounds.map(({ load, policy, round: { cpu } }) => [
    `${load}× · ${policy.name}`,
    ...names.map((name) => significant((cpu.get(name) ?? 0) / seconds)),
  ]);
  return {
    title: 'Cores used',
    head: ['', ...names],
    rows,
    notes: [
      'the load process counts as the bench, which started it',
      'everything else: no part of the bench',
    ],
  };
}

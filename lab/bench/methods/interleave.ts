import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '#dev/log.ts';
import { inTurn } from '#lab/run/in-turn.ts';
import { mapValues } from '#lab/run/map-values.ts';
import type { Series } from '#lab/run/statistics.ts';
import type { Method } from './method.ts';

const SETTLE = 500; // ms after each, for what it leaves to the background: write-back, lazy frees, its last events

/** Runs each method in turn, see {@link inTurn}: one round to warm up and `rounds` that count. */
export async function interleave<N extends string>(
  methods: Record<N, Method>,
  rounds: number,
  log: Log,
): Promise<Record<N, Series>> {
  const ways = mapValues(methods, (method) => () => method.run());
  const seconds = await inTurn(ways, rounds + 1, async ({ name, round, result }) => {
    log(`${round === 0 ? 'warm-up' : `round ${round}`}: ${name} ${result.toFixed(2)} s`);
    await wait(SETTLE);
  });
  return mapValues(seconds, (values) => ({ unit: 's', values: values.slice(1) }));
}

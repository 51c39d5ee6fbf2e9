import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '#dev/log.ts';
import { mapValues } from '../run/map-values.ts';
import type { Series } from '../run/statistics.ts';
import type { Method } from './method.ts';

const SETTLE = 500; // ms after each, for what it leaves to the background: write-back, lazy frees, its last events

/**
 * Runs each method in turn, one round to warm up and `rounds` that count, so that a slow minute of the machine hits
 * all of them. Every round begins with another, so that none always follows the same.
 */
export async function interleave<N extends string>(
  methods: Record<N, Method>,
  rounds: number,
  log: Log,
): Promise<Record<N, Series>> {
  const turns = mapValues(methods, (method, name) => ({ name, method, series: emptySeries() }));
  let order = Object.values<Turn>(turns);
  for (let round = 0; round <= rounds; round++) {
    for (const { name, method, series } of order) {
      const seconds = await method.run();
      log(`${round === 0 ? 'warm-up' : `round ${round}`}: ${name} ${seconds.toFixed(2)} s`);
      if (round > 0) series.values.push(seconds);
      await wait(SETTLE);
    }
    order = [...order.slice(1), ...order.slice(0, 1)];
  }
  return mapValues(turns, ({ series }) => series);
}

type Turn = { name: string; method: Method; series: Series };

const emptySeries = (): Series => ({ unit: 's', values: [] });

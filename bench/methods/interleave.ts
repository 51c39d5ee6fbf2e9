import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '#dev/log.ts';
import { mapValues } from '../run/map-values.ts';
import type { Series } from '../run/statistics.ts';
import type { Method } from './method.ts';

const SETTLE = 500; // ms after each, for what it leaves to the background: write-back, lazy frees, its last events

/**
 * Runs each method in turn, one round to warm up and `rounds` that count, so that a slow minute of the machine hits
 * all of them. Every round begins with another and goes through them in another stride, so that none always follows the
 * same: what one leaves in caches and buffers is not always paid by one other.
 */
export async function interleave<N extends string>(
  methods: Record<N, Method>,
  rounds: number,
  log: Log,
): Promise<Record<N, Series>> {
  const turns = mapValues(methods, (method, name) => ({ name, method, series: emptySeries() }));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, method, series } of orderOf(Object.values<Turn>(turns), round)) {
      const seconds = await method.run();
      log(`${round === 0 ? 'warm-up' : `round ${round}`}: ${name} ${seconds.toFixed(2)} s`);
      if (round > 0) series.values.push(seconds);
      await wait(SETTLE);
    }
  }
  return mapValues(turns, ({ series }) => series);
}

function orderOf(turns: Turn[], round: number): Turn[] {
  const count = turns.length;
  const strides = turns.map((_, index) => index + 1).filter((stride) => isCoprime(stride, count));
  const stride = strides[round % strides.length] ?? 1;
  return turns.flatMap((_, place) => turns[(round + place * stride) % count] ?? []);
}

const isCoprime = (a: number, b: number): boolean => (b === 0 ? a === 1 : isCoprime(b, a % b));

type Turn = { name: string; method: Method; series: Series };

const emptySeries = (): Series => ({ unit: 's', values: [] });

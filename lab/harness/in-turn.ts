import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '#dev/log.ts';
import { mapValues } from './map-values.ts';
import type { Series } from './statistics.ts';

/** Ways that can be measured again and again, by name. */
export type Ways<N extends string, T> = Record<N, () => Promise<T>>;

type Way<N, T> = { name: N; measure: () => Promise<T>; results: T[] };
type Told<N, T> = (measured: { name: N; round: number; result: T }) => Promise<void> | void;

/**
 * Measures every way once a round, so that a slow minute of the machine hits all of them. Each round begins with
 * another way and takes another stride, so no way always follows the same one. Otherwise always the same way would pay
 * for what another leaves in caches and buffers. Calls `told` after each measurement.
 */
export async function inTurn<N extends string, T>(
  ways: Ways<N, T>,
  rounds: number,
  told: Told<N, T> = () => {},
): Promise<Record<N, T[]>> {
  const all = mapValues(ways, (measure, name) => ({ name, measure, results: [] as T[] }));
  for (let round = 0; round < rounds; round++)
    for (const { name, measure, results } of orderOf(Object.values<Way<N, T>>(all), round)) {
      const result = await measure();
      results.push(result);
      await told({ name, round, result });
    }
  return mapValues(all, ({ results }) => results);
}

function orderOf<T>(ways: T[], round: number): T[] {
  const count = ways.length;
  const strides = ways.map((_, index) => index + 1).filter((stride) => isCoprime(stride, count));
  const stride = strides[round % strides.length] ?? 1;
  return ways.flatMap((_, place) => ways[(round + place * stride) % count] ?? []);
}

const isCoprime = (a: number, b: number): boolean => (b === 0 ? a === 1 : isCoprime(b, a % b));

const SETTLE = 500; // ms after each way, for its background work: write-back, lazy frees, last events

/** Measures ways that return seconds: one round to warm up and `rounds` that count. */
export async function secondsInTurn<N extends string>(
  ways: Ways<N, number>,
  rounds: number,
  log: Log,
): Promise<Record<N, Series>> {
  const seconds = await inTurn(ways, rounds + 1, async ({ name, round, result }) => {
    log(`${round === 0 ? 'warm-up' : `round ${round}`}: ${name} ${result.toFixed(2)} s`);
    await wait(SETTLE);
  });
  return mapValues(seconds, (values) => ({ unit: 's', values: values.slice(1) }));
}

/** How many seconds `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

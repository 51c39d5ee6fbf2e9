import { mapValues } from './map-values.ts';

/** What can be measured again and again. */
export type Ways<N extends string, T> = Record<N, () => Promise<T>>;

type Tell<N, T> = (turn: { name: N; round: number; result: T }) => Promise<void> | void;

/**
 * Measures each way in turn, so many rounds, so that a slow minute of the machine hits all of them. Every round begins
 * with another and goes through them in another stride, so that none always follows the same: what one leaves in caches
 * and buffers is not always paid by one other. `tell` is called after each.
 */
export async function inTurn<N extends string, T>(
  ways: Ways<N, T>,
  rounds: number,
  tell: Tell<N, T> = () => {},
): Promise<Record<N, T[]>> {
  const turns = mapValues(ways, (measure, name) => ({ name, measure, results: [] as T[] }));
  for (let round = 0; round < rounds; round++)
    for (const { name, measure, results } of orderOf(Object.values<Turn<N, T>>(turns), round)) {
      const result = await measure();
      results.push(result);
      await tell({ name, round, result });
    }
  return mapValues(turns, ({ results }) => results);
}

type Turn<N, T> = { name: N; measure: () => Promise<T>; results: T[] };

function orderOf<T>(turns: T[], round: number): T[] {
  const count = turns.length;
  const strides = turns.map((_, index) => index + 1).filter((stride) => isCoprime(stride, count));
  const stride = strides[round % strides.length] ?? 1;
  return turns.flatMap((_, place) => turns[(round + place * stride) % count] ?? []);
}

const isCoprime = (a: number, b: number): boolean => (b === 0 ? a === 1 : isCoprime(b, a % b));

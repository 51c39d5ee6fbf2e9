/** How many people a seed makes. Ids: the demo accounts, then the generated authors by rank, then everybody else. */
export type Size = {
  /** Followers of the celebrity. */
  celebrity: number;
  /** Generated people, authors included. */
  population: number;
  /** Generated authors. */
  authors: number;
};

/** What a seed is drawn from. The same values give the same people. */
export type Drawn = { size: Size; seed: number; now: Date };

const FEWEST = 1_000; // with fewer, some demo account would have fewer followers than demo accounts that follow it
const MOST = 5_000_000; // two names and two digits make 5.2 million handles
const SMALLEST_POPULATION = 10_000; // the popular account has 8,412 followers at every size
const AUTHORS = 500;

/** Derives every number from the celebrity's followers. There are a few more people, since nobody is known to all. */
export function sizeFor(followers: number): Size {
  if (!Number.isInteger(followers) || followers < FEWEST || followers > MOST) {
    throw new RangeError(`Expected ${FEWEST} to ${MOST} followers for the celebrity, got ${followers}`);
  }
  const population = Math.ceil(Math.max(followers, SMALLEST_POPULATION) * 1.02);
  return { celebrity: followers, population, authors: Math.min(AUTHORS, Math.floor(population / 200)) };
}

/**
 * The followers of the generated author of this rank, counted from 1, by Zipf's law. With 500 authors that makes about
 * 0.2 edges for each person of the population. The demo accounts add 1.3.
 */
export const zipf = (rank: number, { population }: Size): number =>
  Math.max(3, Math.floor((0.029 * population) / rank));

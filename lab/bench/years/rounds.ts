import { readHome } from '#core/timelines/home-timeline.ts';
import { inTurn } from '#lab/harness/in-turn.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { compareInPairs, median, type Series } from '#lab/harness/statistics.ts';
import { accept, delivered, deliveryTime, postAndDeliver, publish } from '#lab/load/post.ts';
import type { Sizes, System } from './systems.ts';

/** Medians of a round, in ms. */
export type Round = { post: number; read: number; fanOut: number };

export type Rounds = Record<'fresh' | 'aged', Round[]>;

const EACH = 100; // posts, and as many pages, in a round

/** Plays what people do, on both systems in turn, so that a slow minute of the machine slows both. */
export async function playRounds(
  systems: Record<'fresh' | 'aged', System>,
  run: Run<keyof Sizes>,
): Promise<Rounds> {
  const ways = { fresh: () => play(systems.fresh), aged: () => play(systems.aged) };
  const rounds = await inTurn(ways, run.sizes.rounds + 1, ({ name, round, result }) =>
    run.log(
      `${round === 0 ? 'warm-up' : `round ${round}`}: ${name} post ${result.post.toFixed(2)}, read ${result.read.toFixed(2)}, ` +
        `fan-out ${result.fanOut.toFixed(0)} ms`,
    ),
  );
  return { fresh: rounds.fresh.slice(1), aged: rounds.aged.slice(1) };
}

async function play(system: System): Promise<Round> {
  const post = await medianOf(() => postSmall(system));
  const read = await medianOf(() => readOne(system));
  const fanOut = deliveryTime(await postAndDeliver(system, system.large.authorId));
  return { post, read, fanOut };
}

async function medianOf(measure: () => Promise<number>): Promise<number> {
  const ms: number[] = [];
  while (ms.length < EACH) ms.push(await measure());
  return median(ms);
}

/** Milliseconds to the answer. It waits for the delivery, so that the next post does not run beside it. */
async function postSmall(system: System): Promise<number> {
  const begun = performance.now();
  const tweetId = await accept(system, system.small);
  const ms = performance.now() - begun;
  await publish(system, tweetId);
  await delivered(system, [tweetId]);
  return ms;
}

/** Milliseconds to read a page of somebody whose timeline is full. */
async function readOne({ pool, store, large }: System): Promise<number> {
  const userId = large.authorId + 1 + Math.floor(Math.random() * large.count);
  const begun = performance.now();
  const { source } = await readHome({ pool, timelines: store }, { userId, limit: 50 });
  if (source !== 'timeline') throw new Error(`Expected a page from the timeline, got one from ${source}`);
  return performance.now() - begun;
}

const WHAT = ['post', 'read', 'fanOut'] as const;

/** The aged system's figures divided by the fresh one's, round by round. */
export function ratiosOf({ fresh, aged }: Rounds): Record<(typeof WHAT)[number], number> {
  const ratio = (what: (typeof WHAT)[number]) =>
    compareInPairs(
      aged.map((round) => round[what]),
      fresh.map((round) => round[what]),
    ).median;
  return { post: ratio('post'), read: ratio('read'), fanOut: ratio('fanOut') };
}

export const seriesOf = (rounds: Round[], what: keyof Round): Series => ({
  unit: 'ms',
  values: rounds.map((round) => round[what]),
});

import { SMALL } from '#core/admission/admission.ts';

/**
 * One part of the system: how many cores it may use, and for how many seconds a tweet and a delivery take one of them. A
 * core here is one that works without a pause: a Redis has one, however many cores its machine has.
 */
export type Part = { name: string; cores: number; perTweet: number; perDelivery: number };

/** Admitted tweets of the same moment to equally many followers. `left` of them are not delivered yet, the last one in part. */
export type Cohort = { at: number; tweets: number; followers: number; left: number };

/** What the lanes did in some time with the tweets at their heads. */
export type Progress = { cohort: Cohort; tweets: number };

type Lane = { cohorts: Cohort[]; first: number };

/**
 * The two lanes of the workers: small tweets never stand behind the chunks of large ones. Within a lane the first is
 * delivered first. Both lanes need all parts of the system, and whichever part is busiest says how fast a lane goes. When
 * both have work, each is sure of half of every part. What one leaves, the other may take, small tweets first.
 */
export class Lanes {
  readonly #small: Lane = { cohorts: [], first: 0 };
  readonly #large: Lane = { cohorts: [], first: 0 };

  constructor(private readonly parts: readonly Part[]) {}

  add(cohort: Cohort): void {
    (cohort.followers <= SMALL ? this.#small : this.#large).cohorts.push(cohort);
  }

  get isEmpty(): boolean {
    return !headOf(this.#small) && !headOf(this.#large);
  }

  /** Works for so many seconds, or until a cohort is done. Returns the seconds and what was done in them. */
  work(seconds: number): { seconds: number; done: Progress[] } {
    const heads = [headOf(this.#small), headOf(this.#large)].filter((head) => head !== undefined);
    const speeds = this.#speedsOf(heads);
    const spent = Math.min(seconds, ...heads.map(({ left }, n) => left / (speeds[n] ?? 0)));
    const done = heads.map((cohort, n) => ({ cohort, tweets: spent * (speeds[n] ?? 0) }));
    for (const { cohort, tweets } of done)
      cohort.left = cohort.left - tweets <= cohort.tweets * ROUNDING ? 0 : cohort.left - tweets;
    for (const lane of [this.#small, this.#large]) dropDone(lane);
    return { seconds: spent, done };
  }

  /** Tweets a second of each head. */
  #speedsOf(heads: Cohort[]): number[] {
    const work = heads.map(({ followers }) => this.parts.map((part) => workOf(part, followers)));
    const cores = this.parts.map((part) => part.cores);
    const sure = work.map((each) =>
      speedWith(
        cores.map((all) => all / heads.length),
        each,
      ),
    );
    const left = cores.map((all, part) => all - used(work, sure, part));
    return work.map((each, n) => {
      const more = Math.max(0, speedWith(left, each));
      for (const [part, seconds] of each.entries()) left[part] = (left[part] ?? 0) - more * seconds;
      return (sure[n] ?? 0) + more;
    });
  }
}

const ROUNDING = 1e-9; // of a cohort: what is left by the computer's arithmetic alone

/** Seconds of one core that a tweet to so many followers takes of a part. */
export const workOf = ({ perTweet, perDelivery }: Part, followers: number): number =>
  perTweet + perDelivery * followers;

const speedWith = (cores: number[], work: number[]): number =>
  Math.min(
    ...work.map((seconds, part) => (seconds === 0 ? Number.POSITIVE_INFINITY : (cores[part] ?? 0) / seconds)),
  );

const used = (work: number[][], speeds: number[], part: number): number =>
  work.reduce((sum, each, n) => sum + (each[part] ?? 0) * (speeds[n] ?? 0), 0);

const headOf = ({ cohorts, first }: Lane): Cohort | undefined => cohorts[first];

const OFTEN = 1_000;

/** Drops heads that are done. Shifting a long array for each of them would take time that grows with it. */
function dropDone(lane: Lane): void {
  while (headOf(lane)?.left === 0) lane.first++;
  if (lane.first < OFTEN) return;
  lane.cohorts.splice(0, lane.first);
  lane.first = 0;
}

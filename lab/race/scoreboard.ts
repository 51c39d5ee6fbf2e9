import type { RunReport } from '#core/lab/messages.ts';
import type { Crash, Heat, Lane, LaneName, Race } from '#core/lab/race.ts';
import type { Moments } from '#lab/bench/sync/ways.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { median, round } from '#lab/harness/statistics.ts';

const EVERY = 100; // ms between two reports while nothing but a count has changed

type Standing = Omit<Race, 'run'>;

/** How a race stands. It tells of each change, and of counts ten times a second. */
export class Scoreboard {
  readonly standing: Standing = { heats: [], crashes: [], reads: null };
  #told = Number.NEGATIVE_INFINITY;

  constructor(private readonly report: (report: RunReport) => void) {}

  /** A heat begins, of so many tweets in each lane. */
  begin(followers: number, samples: number): Heat {
    const waiting: Lane = { state: 'waiting', delivered: 0, ...UNKNOWN };
    const lanes = { request: waiting, job: waiting, chunked: waiting, pulled: waiting };
    const heat: Heat = { followers, samples, lanes };
    this.standing.heats.push(heat);
    return heat;
  }

  /** So many followers have the tweet of this lane now. */
  count(heat: Heat, lane: LaneName, delivered: number): void {
    heat.lanes[lane] = { ...heat.lanes[lane], state: 'running', delivered };
    if (performance.now() - this.#told >= EVERY) this.#tell();
  }

  /** What the lane has taken in the heat so far, one entry a tweet. */
  note(heat: Heat, lane: LaneName, all: Moments[]): void {
    const middle = (moment: keyof Moments) => round(median(all.map((each) => each[moment])));
    heat.lanes[lane] = {
      state: all.length < heat.samples ? 'running' : 'done',
      delivered: heat.followers,
      ...{ answerMs: middle('answer'), firstMs: middle('first') },
      ...{ medianMs: middle('median'), lastMs: middle('last') },
    };
    this.#tell();
  }

  /** What a page of home costs with the tweet pushed, and with its author's list beside it. */
  noteReads(reads: NonNullable<Standing['reads']>): void {
    this.standing.reads = mapValues(reads, round);
    this.#tell();
  }

  noteCrashes(crashes: Crash[]): void {
    this.standing.crashes = crashes;
    this.#tell();
  }

  #tell(): void {
    this.#told = performance.now();
    this.report({ run: 'race', race: this.standing });
  }
}

const UNKNOWN = { answerMs: null, firstMs: null, medianMs: null, lastMs: null };

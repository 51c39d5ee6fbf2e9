import type { RunReport } from '#core/lab/messages.ts';
import type { Crash, Heat, Lane, LaneName, Race } from '#core/lab/race.ts';
import type { Moments } from '#lab/bench/sync/ways.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { median, round } from '#lab/harness/statistics.ts';

const EVERY = 100; // ms at least between two reports of counts

type Standing = Omit<Race, 'run'>;

/** How a race stands. It reports each change at once, and counts ten times a second at most. */
export class Scoreboard {
  readonly standing: Standing;
  #told = Number.NEGATIVE_INFINITY;

  constructor(
    stage: Race['stage'],
    private readonly report: (report: RunReport) => void,
  ) {
    this.standing = { stage, heats: [], crashes: [], reads: null };
  }

  /** Begins a heat of `samples` tweets in each lane. */
  begin(followers: number, samples: number): Heat {
    const waiting: Lane = { state: 'waiting', delivered: 0, ...UNKNOWN };
    const lanes = { request: waiting, job: waiting, chunked: waiting, pulled: waiting };
    const heat: Heat = { followers, samples, lanes };
    this.standing.heats.push(heat);
    return heat;
  }

  /** Notes how many followers have the tweet of a lane now. */
  count(heat: Heat, lane: LaneName, delivered: number): void {
    heat.lanes[lane] = { ...heat.lanes[lane], state: 'running', delivered };
    if (performance.now() - this.#told >= EVERY) this.#tell();
  }

  /** Notes the times of a lane in the heat so far, one entry for each tweet. */
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

  /** Notes what a page of home costs: with the tweet pushed, and with its author's list read besides. */
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

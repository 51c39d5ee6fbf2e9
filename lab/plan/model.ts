import { waitBeforeRetry } from '#app/browser/outbox/retry.ts';
import {
  type AdmissionLimits,
  type Backlog,
  costOf,
  keptFor,
  limitFor,
  type MeasuredRate,
  SMALL,
  takenBy,
} from '#core/admission/admission.ts';
import { SAMPLE_EVERY } from '#core/admission/backlog.ts';
import { type Refused, refuse, retryAfterS } from '#core/admission/refuse.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { SECOND } from '#core/durations.ts';
import { Calendar } from './calendar.ts';
import { Lanes, type Part, type Progress } from './lanes.ts';
import { type Counts, nextRate } from './measured-rate.ts';
import { Waits } from './waits.ts';

/*
 * A model of the queues, in virtual time: tweets come, admission lets them in or tells them when to come again, two lanes
 * deliver them. Admission, the waiting list and the browser's retries are the product's own code, which the clock of the
 * model drives. Delivering is a fluid: a tweet takes so much of each part, and the busiest part says how fast it goes.
 *
 *     arrivals ──▶ admission ──▶ lanes (small, large) ──▶ delivered
 *        ▲             │ full
 *        └── later ◀───┘
 *
 * Between two events nothing changes its speed, so the model jumps from one to the next, and what it says is exact. Tweets of
 * one moment may travel as one cohort. That makes a day of 500 million tweets a matter of seconds.
 */

/** Tweets to equally many followers that come at one moment, in seconds. */
export type Arrival = { at: number; tweets: number; followers: number };

export type System = {
  parts: readonly Part[];
  /** Seconds that a delivery of a tweet to so many takes when nothing else is there, beside its work. */
  latencyS: (followers: number) => number;
  /** The longest that an admitted delivery may wait; null admits everything. */
  maxWaitS: number | null;
  /** What a sample of the rate says, as a share of the speed. It varies, because the ledger hears of whole chunks. */
  sample: () => number;
  /** Numbers from 0 to 1. */
  random: () => number;
  /** The service rate that was measured before; without it admission is as careful as a new system. */
  rate?: Required<MeasuredRate>;
};

/** What became of tweets, since the last `begin`. */
export type Outcome = {
  seconds: number;
  offered: number;
  admitted: number;
  /** Counted in answers: one tweet may be refused several times. */
  refusals: number;
  gaveUp: number;
  /** Deliveries done. */
  done: number;
  /** Deliveries in the system, on average over time, and at most. */
  meanBacklog: number;
  mostBacklog: number;
};

type Asking = Arrival & { tries: number; name: string };

/** What the lanes have done, and the ledger hears of after the latency. Until then it counts as waiting. */
type OnItsWay = { at: number; deliveries: number; tweets: number };

const PERIOD = SAMPLE_EVERY / SECOND;

export class Model {
  /** How long deliveries waited since the last `begin`, and how long it took until the last delivery of a tweet. */
  waits = new Waits();
  tweetWaits = new Waits();
  #now = 0;
  #outcome = nothing();
  #backlog: Backlog & Counts & { deviation: number } = {
    ...{ deliveries: 0, fanOuts: 0, rate: 0, deviation: 0, done: 0, fanOutsDone: 0 },
  };
  #sampled: Counts = { ...this.#backlog };
  #nextSample = PERIOD;
  /** Deliveries that the lanes have not done. */
  #inLanes = 0;
  #names = 0;
  readonly #lanes: Lanes;
  readonly #returns = new Calendar<Asking>();
  readonly #onItsWay = new Calendar<OnItsWay>();
  readonly #waitingList = new WaitingList(() => this.#now);
  readonly #arrivals: Iterator<Arrival, void>;
  #arrival: Arrival | undefined;

  /** Plays these arrivals, which come in the order of their times. */
  constructor(
    private readonly system: System,
    arrivals: Iterable<Arrival>,
  ) {
    Object.assign(this.#backlog, system.rate);
    this.#lanes = new Lanes(system.parts);
    this.#arrivals = arrivals[Symbol.iterator]() as Iterator<Arrival, void>;
    this.#takeArrival();
  }

  /** Forgets what was seen so far: what is asked for next begins now. The system goes on as it is. */
  begin(): void {
    this.#outcome = nothing();
    this.waits = new Waits();
    this.tweetWaits = new Waits();
  }

  /** Goes on until this second. */
  runTo(until: number): void {
    while (this.#now < until) {
      const arrives = this.#arrival?.at ?? Number.POSITIVE_INFINITY;
      this.#workUntil(Math.min(until, arrives, this.#returns.next, this.#nextSample));
      while (this.#onItsWay.next <= this.#now) this.#land();
      if (this.#now >= this.#nextSample) this.#sample();
      while (this.#arrival && this.#arrival.at <= this.#now) this.#arrive(this.#arrival);
      while (this.#returns.next <= this.#now) this.#comeBack();
    }
  }

  /** Goes on until everything that was admitted is delivered and nobody is to come back. Returns the second. */
  runToEnd(): number {
    while (this.#arrival || !this.#lanes.isEmpty || this.#returns.entries.length > 0)
      this.runTo(this.#now + 1);
    return this.#now;
  }

  get outcome(): Outcome {
    const { area, ...counts } = this.#outcome;
    return { ...counts, meanBacklog: area / counts.seconds };
  }

  /** Tweets that were refused and are to come back. */
  get toComeBack(): number {
    return this.#returns.entries.reduce((sum, { tweets }) => sum + tweets, 0);
  }

  /** Deliveries in the system now, as admission counts them. */
  get backlog(): number {
    return this.#backlog.deliveries;
  }

  #takeArrival(): void {
    this.#arrival = this.#arrivals.next().value ?? undefined;
  }

  #workUntil(next: number): void {
    while (this.#now < next) {
      if (this.#lanes.isEmpty) this.#pass(next - this.#now, []);
      else {
        const { seconds, done } = this.#lanes.work(next - this.#now);
        this.#pass(seconds, done);
      }
    }
  }

  #pass(seconds: number, done: Progress[]): void {
    const before = this.#inLanes;
    for (const { cohort, tweets } of done) {
      const deliveries = tweets * cohort.followers;
      const latencyS = this.system.latencyS(cohort.followers);
      const since = this.#now - cohort.at + latencyS;
      this.waits.add(since + seconds / 2, deliveries);
      if (cohort.left === 0) this.tweetWaits.add(since + seconds, cohort.tweets);
      this.#onItsWay.add({ at: this.#now + seconds / 2 + latencyS, deliveries, tweets });
      this.#inLanes = Math.max(0, this.#inLanes - deliveries);
      this.#outcome.done += deliveries;
      this.#outcome.area += deliveries * latencyS;
    }
    this.#outcome.area += ((before + this.#inLanes) / 2) * seconds;
    this.#outcome.seconds += seconds;
    // A remainder of the clock's arithmetic would make endless steps of no length.
    this.#now = seconds < 1e-12 ? this.#now + 1e-9 : this.#now + seconds;
  }

  #land(): void {
    const { deliveries = 0, tweets = 0 } = this.#onItsWay.take() ?? {};
    this.#backlog.deliveries = Math.max(0, this.#backlog.deliveries - deliveries);
    this.#backlog.fanOuts = Math.max(0, this.#backlog.fanOuts - tweets);
    this.#backlog.done += deliveries;
    this.#backlog.fanOutsDone += tweets;
  }

  #sample(): void {
    const { rate, deviation = 0 } = this.#backlog;
    const seconds = PERIOD / this.system.sample();
    const next = nextRate({ rate, deviation }, [this.#sampled, this.#backlog], seconds);
    Object.assign(this.#backlog, next);
    this.#sampled = { ...this.#backlog };
    this.#nextSample += PERIOD;
  }

  #arrive({ at, tweets, followers }: Arrival): void {
    this.#outcome.offered += tweets;
    this.#takeArrival();
    if (followers <= SMALL) this.#ask({ at, tweets, followers, tries: 1, name: '' });
    // Each large tweet has a place of its own in the line.
    else
      for (let n = 0; n < tweets; n++)
        this.#ask({ at, tweets: 1, followers, tries: 1, name: `${this.#names++}` });
  }

  #comeBack(): void {
    const asking = this.#returns.take();
    if (asking) this.#ask(asking);
  }

  #ask(asking: Asking): void {
    const { tweets, followers } = asking;
    const { maxWaitS } = this.system;
    if (maxWaitS === null || followers === 0) {
      this.#admit(asking, tweets);
      return;
    }
    const limits = { maxWaitS, waiting: { list: this.#waitingList, name: asking.name } };
    const room = followers <= SMALL ? this.#roomFor(asking, limits) : 0;
    if (room > 0) this.#admit(asking, Math.min(room, tweets));
    if (room >= tweets) return;
    const refused = refuse(followers, this.#backlog, limits);
    if (refused) this.#refuse({ ...asking, tweets: tweets - room }, refused);
    else this.#admit(asking, tweets - room);
  }

  /** How many small tweets fit, as many as `refuse` would let in one after the other. */
  #roomFor({ tweets, followers }: Asking, limits: AdmissionLimits): number {
    const limit = limitFor(followers, this.#backlog, limits);
    const bound = Math.min(limit, keptFor(this.#backlog, limits)?.bound ?? limit);
    const room = Math.floor((bound - takenBy(this.#backlog)) / costOf(followers));
    return Math.min(tweets, Math.max(room, 0));
  }

  #admit({ name, followers }: Asking, tweets: number): void {
    this.#outcome.admitted += tweets;
    if (name) this.#waitingList.places.leave(name);
    if (followers === 0 || tweets === 0) return;
    this.#backlog.deliveries += tweets * followers;
    this.#backlog.fanOuts += tweets;
    this.#inLanes += tweets * followers;
    this.#outcome.mostBacklog = Math.max(this.#outcome.mostBacklog, this.#backlog.deliveries);
    this.#lanes.add({ at: this.#now, tweets, followers, left: tweets });
  }

  /** Tells tweets when to come again. Those of a cohort draw their jitter in a few groups, which then stay together. */
  #refuse(asking: Asking, refused: Refused): void {
    this.#outcome.refusals += asking.tweets;
    const groups = asking.tries === 1 ? Math.min(GROUPS, asking.tweets) : 1;
    for (let n = 0; n < groups; n++) {
      const tweets = Math.floor(asking.tweets / groups) + (n < asking.tweets % groups ? 1 : 0);
      const { random } = this.system;
      const inS = asking.name
        ? this.#waitingList.retryAfterS(asking.name, refused)
        : retryAfterS(refused.roomInS, random);
      const ms = waitBeforeRetry(asking.tries, inS * SECOND, random);
      if (ms === null) this.#outcome.gaveUp += tweets;
      else this.#returns.add({ ...asking, tweets, at: this.#now + ms / SECOND, tries: asking.tries + 1 });
    }
  }
}

const GROUPS = 10;

const nothing = () => ({
  ...{ seconds: 0, offered: 0, admitted: 0, refusals: 0, gaveUp: 0, done: 0, area: 0, mostBacklog: 0 },
});

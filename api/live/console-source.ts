import type pg from 'pg';
import type { ConsoleInternals, ConsoleView, DeadLetterGroup, JobsView } from '#api/contract.ts';
import { groupDeadLetters } from '#api/dead-letters.ts';
import { readJobs } from '#api/queue-figures.ts';
import type { Broker } from '#broker/port.ts';
import { backlogLimit, sureRate, takenBy } from '#core/admission/admission.ts';
import { flowOf, lately, type MeasuredSample, readFlowSample } from '#core/console/flow.ts';
import { littlesLaw } from '#core/console/littles-law.ts';
import { type Minute, type Moment, remember } from '#core/console/minute.ts';
import type { Tally } from '#core/console/tally.ts';
import { readWaits, type Waits } from '#core/console/waits.ts';
import { readActivity, readOldestWaiting } from '#core/ledger/workers.ts';
import { QUEUES, type QueueName } from '#core/messages.ts';
import { readDeadTasks } from '#core/tasks/dead.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';

type Sources = { pool: pg.Pool; broker: Broker; limits: PostLimits; tally: Tally };

const EVERY = 100; // ms between two samples of the backlog, one row each
const KEPT_EVERY = 500; // ms between two while nobody looks: charts take a longer pause than 1.5 s for a gap
const APART = 400; // ms between two moments of the minute that is kept: at most 150 of them
const FRESH = 2_000; // ms; a sample that is older says nothing of now
const PATIENCE = 500; // ms that a page waits for its first figures; the stream brings them anyway
const SLOW_EVERY = 1_000; // ms between two readings of everything else, some ten queries
const WINDOW_S = 10; // long enough for a celebrity's tweet to come and go, short enough to follow a change

/** Figures that are read once a second. */
type SlowFigures = {
  waits: Waits;
  oldestWaitingMs: number | null;
  jobs: ConsoleView['jobs'];
  internals: ConsoleInternals;
};

/** One sample: what everybody may see, and what operators see beside it. */
export type ConsoleSample = { view: Omit<ConsoleView, 'internals'>; internals: ConsoleInternals };

/** What a page opens with: the figures of now, and the minute before. */
export type ConsoleGlance = { view: ConsoleSample['view']; minute: Minute };

/**
 * The figures of the console: one sampler a web process, however many people look. It samples fast while somebody looks. From
 * `keep` to `stop` it also samples slowly while nobody does, and knows the last minute. The backlog's figures are the whole
 * system's, those of posting are this process's.
 */
export class ConsoleSource {
  readonly #listeners = new Set<(sample: ConsoleSample) => void>();
  #isKept = false;
  #samples: MeasuredSample[] = [];
  #sampledAt = Number.NEGATIVE_INFINITY;
  #minute: Minute = [];
  #slow: Promise<SlowFigures> | undefined;
  #slowAt = Number.NEGATIVE_INFINITY;
  #running = false;

  constructor(private readonly sources: Sources) {}

  /** Calls `listener` with every sample from now on; returns how to stop. */
  listen(listener: (sample: ConsoleSample) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#running) void this.#run();
    return () => this.#listeners.delete(listener);
  }

  /** Keeps the last minute from now on, one row every half second. May be called twice. */
  keep(): void {
    this.#isKept = true;
    if (!this.#running) void this.#run();
  }

  /** Keeps nothing any more, and calls nobody. May be called twice. */
  stop(): void {
    this.#isKept = false;
    this.#listeners.clear();
  }

  /** The newest figures with the minute before them; null when there are none of just now, or they do not come soon. */
  async glance(): Promise<ConsoleGlance | null> {
    const sample = this.#samples.at(-1);
    if (!sample || performance.now() - this.#sampledAt > FRESH) return null;
    const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE, null).unref());
    const slow = await Promise.race([this.#slowFigures(), late]).catch(() => null);
    return slow && { view: this.#view(sample, slow), minute: this.#minute };
  }

  get #isWanted(): boolean {
    return this.#isKept || this.#listeners.size > 0;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#isWanted) {
      const due = performance.now() + (this.#listeners.size > 0 ? EVERY : KEPT_EVERY);
      // Postgres or the broker is away: the page keeps its last figures and shows their age.
      await this.#sample().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
    this.#running = false;
    this.#samples = [];
    this.#minute = [];
    this.#slow = undefined;
    this.#slowAt = Number.NEGATIVE_INFINITY;
  }

  async #sample(): Promise<void> {
    const sample = await readFlowSample(this.sources.pool);
    this.#samples = lately([...this.#samples, sample], WINDOW_S);
    this.#sampledAt = performance.now();
    this.#minute = remember(this.#minute, this.#moment(sample), APART);
    if (this.#listeners.size === 0) return;
    const slow = await this.#slowFigures();
    const seen = { view: this.#view(sample, slow), internals: slow.internals };
    for (const listener of this.#listeners) listener(seen);
  }

  /** Read once a second at most, whoever asks. When that fails, those of before stand until the next time. */
  #slowFigures(): Promise<SlowFigures> {
    const before = this.#slow;
    if (before && performance.now() - this.#slowAt < SLOW_EVERY) return before;
    this.#slowAt = performance.now();
    const now = this.#readSlowFigures();
    this.#slow = now;
    now.catch(() => {
      if (this.#slow === now) this.#slow = before;
    });
    return now;
  }

  async #readSlowFigures(): Promise<SlowFigures> {
    const { pool, broker } = this.sources;
    const [waits, oldestWaitingMs, workers, jobs, deadTasks] = await Promise.all([
      readWaits(pool, WINDOW_S),
      readOldestWaiting(pool),
      readActivity(pool),
      readJobs(broker),
      readDeadTasks(pool, DEAD_TASKS),
    ]);
    const internals = { workers, deadTasks, deadLetters: await this.#deadLetters(jobs) };
    return { waits, oldestWaitingMs, jobs, internals };
  }

  /** Read only where there are some: with some brokers, reading dead letters hides them for a moment. */
  async #deadLetters(jobs: Record<QueueName, JobsView | null>): Promise<DeadLetterGroup[]> {
    const found = await Promise.all(
      QUEUES.map(async (queue) =>
        jobs[queue]?.dead
          ? groupDeadLetters(queue, await this.sources.broker.deadLetters(queue, LISTED))
          : [],
      ),
    ).catch(() => []);
    return found.flat();
  }

  #flow(sample: MeasuredSample) {
    const flow = flowOf(this.#samples);
    const { backlog, fanOuts } = sample;
    return {
      flow,
      figures: {
        ...{ backlog, taken: takenBy({ deliveries: backlog, fanOuts }) },
        limit: backlogLimit(sample, this.sources.limits),
        ...{ arrivals: flow?.arrivals ?? null, completions: flow?.completions ?? null },
      },
    };
  }

  #moment(sample: MeasuredSample): Moment {
    return { at: sample.at * 1_000, ...this.#flow(sample).figures };
  }

  #view(sample: MeasuredSample, slow: SlowFigures): ConsoleSample['view'] {
    const { flow, figures } = this.#flow(sample);
    const waited = { ...figures, meanWaitS: slow.waits.meanS };
    return {
      at: new Date(sample.at * 1_000).toISOString(),
      windowS: flow?.spanS ?? 0,
      ...{ ...figures, fanOuts: sample.fanOuts },
      serviceRate: sample.rate || null,
      sureRate: sample.rate ? sureRate(sample) : null,
      costDone: flow?.costDone ?? null,
      littlesLaw: flow && littlesLaw(flow, waited),
      waits: slow.waits,
      oldestWaitingMs: slow.oldestWaitingMs,
      jobs: slow.jobs,
      pause: { paused: sample.paused, since: sample.since },
      posts: this.sources.tally.counts,
      limits: { maxWaitS: this.sources.limits.maxWaitS, maxBacklog: this.sources.limits.maxBacklog ?? null },
    };
  }
}

const DEAD_TASKS = 20; // the newest, one line each
const LISTED = 200; // dead letters of a queue that are read; their number comes from its depth

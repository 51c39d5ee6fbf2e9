import type pg from 'pg';
import type {
  ConsoleInternals,
  ConsoleView,
  DeadLetterGroup,
  JobsView,
  TimelinesView,
} from '#api/contract.ts';
import { groupDeadLetters } from '#api/dead-letters.ts';
import { Sampler } from '#api/live/sampler.ts';
import { readJobs } from '#api/queue-figures.ts';
import type { Broker } from '#broker/port.ts';
import { backlogLimit, sureRate, takenBy } from '#core/admission/admission.ts';
import { flowOf, lately, type MeasuredSample, readFlowSample } from '#core/console/flow.ts';
import { littlesLaw } from '#core/console/littles-law.ts';
import { type Minute, type Moment, remember } from '#core/console/minute.ts';
import type { Tally } from '#core/console/tally.ts';
import { readWaits, type Waits } from '#core/console/waits.ts';
import { SECOND } from '#core/durations.ts';
import { readActivity, readOldestWaiting } from '#core/ledger/workers.ts';
import { QUEUES, type QueueName } from '#core/messages.ts';
import { readDeadTasks } from '#core/tasks/dead.ts';
import { readLoss } from '#core/timelines/recognise.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';

type Sources = {
  pool: pg.Pool;
  broker: Broker;
  limits: PostLimits;
  tally: Tally;
  timelines: () => Promise<TimelinesView | null>;
};

const EVERY = 100; // ms between two samples of the backlog, one row each
const KEPT_EVERY = 500; // ms between two while nobody looks: charts take a longer pause than 1.5 s for a gap
const FRESH = 2_000; // ms; a sample that is older says nothing of now
const PATIENCE = 500; // ms that a page waits for its first figures; the stream brings them anyway
const SLOW_EVERY = SECOND; // between two readings of everything else, some ten queries
const WINDOW_S = 10; // long enough for a celebrity's tweet to come and go, short enough to follow a change

/** Figures that are read once a second. */
type SlowFigures = {
  waits: Waits;
  oldestWaitingMs: number | null;
  jobs: ConsoleView['jobs'];
  loss: ConsoleView['loss'];
  timelines: TimelinesView | null;
  internals: ConsoleInternals;
};

/** One sample: what everybody may see, and what operators see beside it. */
export type ConsoleSample = { view: Omit<ConsoleView, 'internals'>; internals: ConsoleInternals };

/** What a page opens with: the figures of now, and the minute before. */
export type ConsoleGlance = { view: ConsoleSample['view']; minute: Minute };

/**
 * The figures of the console, sampled fast while somebody looks at it. From `keep` to `stop` the backlog is also sampled
 * slowly, whoever looks, so that its last minute is known. The backlog is that of the whole system; the counts of posts are
 * those of this process.
 */
export class ConsoleSource {
  readonly #sampler = new Sampler<ConsoleSample>({
    everyMs: EVERY,
    take: () => this.#sample(),
    ended: () => this.#forget(),
  });
  readonly #keeper = new Sampler<MeasuredSample>({
    everyMs: KEPT_EVERY,
    take: () => this.#read(),
    ended: () => this.#forget(),
  });
  #stopKeeping: (() => void) | undefined;
  #samples: MeasuredSample[] = [];
  #sampledAt = Number.NEGATIVE_INFINITY;
  #minute: Minute = [];
  #slow: Promise<SlowFigures> | undefined;
  #slowAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly sources: Sources) {}

  /** Calls `listener` with every sample from now on; returns how to stop. */
  listen(listener: (sample: ConsoleSample) => void): () => void {
    return this.#sampler.listen(listener);
  }

  /** Keeps the last minute from now on. May be called twice. */
  keep(): void {
    this.#stopKeeping ??= this.#keeper.listen((sample) => {
      this.#minute = remember(this.#minute, this.#moment(sample));
    });
  }

  /** Keeps it no longer. May be called twice. */
  stop(): void {
    this.#stopKeeping?.();
    this.#stopKeeping = undefined;
  }

  /** The newest figures with the minute before them; null when there are none of just now, or they do not come soon. */
  async glance(): Promise<ConsoleGlance | null> {
    const sample = this.#samples.at(-1);
    if (!sample || performance.now() - this.#sampledAt > FRESH) return null;
    const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE, null).unref());
    const slow = await Promise.race([this.#slowFigures(), late]).catch(() => null);
    return slow && { view: this.#view(sample, slow), minute: this.#minute };
  }

  /** Called when nobody looks any more, and when nothing is kept any more: what is kept outlives those who look. */
  #forget(): void {
    this.#slow = undefined;
    this.#slowAt = Number.NEGATIVE_INFINITY;
    if (this.#stopKeeping) return;
    this.#samples = [];
    this.#minute = [];
  }

  async #read(): Promise<MeasuredSample> {
    const sample = await readFlowSample(this.sources.pool);
    const last = this.#samples.at(-1);
    // Two samplers read: the older row may come last.
    if (!last || last.at < sample.at) this.#samples = lately([...this.#samples, sample], WINDOW_S);
    this.#sampledAt = performance.now();
    return sample;
  }

  async #sample(): Promise<ConsoleSample> {
    const sample = await this.#read();
    const slow = await this.#slowFigures();
    return { view: this.#view(sample, slow), internals: slow.internals };
  }

  /**
   * Read once a second at most, whoever asks. When that fails, those of before stand until the next time. Where there are
   * none, everybody hears of the failure until then: asking again at each sample would load a server that has trouble.
   */
  #slowFigures(): Promise<SlowFigures> {
    const before = this.#slow;
    if (before && performance.now() - this.#slowAt < SLOW_EVERY) return before;
    this.#slowAt = performance.now();
    const now = this.#readSlowFigures();
    this.#slow = now;
    now.catch(() => {
      if (before && this.#slow === now) this.#slow = before;
    });
    return now;
  }

  async #readSlowFigures(): Promise<SlowFigures> {
    const { pool, broker } = this.sources;
    const [waits, oldestWaitingMs, workers, jobs, loss, deadTasks, timelines] = await Promise.all([
      readWaits(pool, WINDOW_S),
      readOldestWaiting(pool),
      readActivity(pool),
      readJobs(broker),
      readLoss(pool),
      readDeadTasks(pool, DEAD_TASKS),
      this.sources.timelines(),
    ]);
    const internals = { workers, deadTasks, deadLetters: await this.#deadLetters(jobs) };
    return { waits, oldestWaitingMs, jobs, loss, timelines, internals };
  }

  /** Reads dead letters only where there are some, because some brokers hide them for a moment while they are read. */
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
      timelines: slow.timelines,
      pause: { paused: sample.paused, since: sample.since },
      loss: slow.loss,
      posts: this.sources.tally.counts,
      limits: { maxWaitS: this.sources.limits.maxWaitS, maxBacklog: this.sources.limits.maxBacklog ?? null },
    };
  }
}

const DEAD_TASKS = 20; // the newest, one line each
const LISTED = 200; // dead letters of a queue that are read; their number comes from its depth

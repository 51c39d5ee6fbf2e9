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
import type { Tally } from '#core/console/tally.ts';
import { readWaits, type Waits } from '#core/console/waits.ts';
import { SECOND } from '#core/durations.ts';
import { readActivity, readOldestWaiting } from '#core/ledger/workers.ts';
import { QUEUES, type QueueName } from '#core/messages.ts';
import { readDeadTasks } from '#core/tasks/dead.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';

type Sources = {
  pool: pg.Pool;
  broker: Broker;
  limits: PostLimits;
  tally: Tally;
  timelines: () => Promise<TimelinesView | null>;
};

const EVERY = 100; // ms between two samples of the backlog, one row each
const SLOW_EVERY = SECOND; // between two readings of everything else, some ten queries
const WINDOW_S = 10; // long enough for a celebrity's tweet to come and go, short enough to follow a change

/** Figures that are read once a second. */
type SlowFigures = {
  waits: Waits;
  oldestWaitingMs: number | null;
  jobs: ConsoleView['jobs'];
  timelines: TimelinesView | null;
  internals: ConsoleInternals;
};

/** One sample: what everybody may see, and what operators see beside it. */
export type ConsoleSample = { view: Omit<ConsoleView, 'internals'>; internals: ConsoleInternals };

/**
 * The figures of the console, sampled while somebody looks at it. The backlog's figures are the whole system's, those of posting are this process's.
 */
export class ConsoleSource {
  readonly #sampler = new Sampler<ConsoleSample>({
    everyMs: EVERY,
    take: () => this.#sample(),
    ended: () => this.#forget(),
  });
  #samples: MeasuredSample[] = [];
  #slow: SlowFigures | undefined;
  #slowAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly sources: Sources) {}

  /** Calls `listener` with every sample from now on; returns how to stop. */
  listen(listener: (sample: ConsoleSample) => void): () => void {
    return this.#sampler.listen(listener);
  }

  #forget(): void {
    this.#samples = [];
    this.#slow = undefined;
    this.#slowAt = Number.NEGATIVE_INFINITY;
  }

  async #sample(): Promise<ConsoleSample | undefined> {
    const sample = await readFlowSample(this.sources.pool);
    this.#samples = lately([...this.#samples, sample], WINDOW_S);
    if (performance.now() - this.#slowAt >= SLOW_EVERY) {
      this.#slowAt = performance.now();
      this.#slow = await this.#readSlowFigures();
    }
    return this.#slow && { view: this.#view(sample, this.#slow), internals: this.#slow.internals };
  }

  async #readSlowFigures(): Promise<SlowFigures> {
    const { pool, broker } = this.sources;
    const [waits, oldestWaitingMs, workers, jobs, deadTasks, timelines] = await Promise.all([
      readWaits(pool, WINDOW_S),
      readOldestWaiting(pool),
      readActivity(pool),
      readJobs(broker),
      readDeadTasks(pool, DEAD_TASKS),
      this.sources.timelines(),
    ]);
    const internals = { workers, deadTasks, deadLetters: await this.#deadLetters(jobs) };
    return { waits, oldestWaitingMs, jobs, timelines, internals };
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

  #view(sample: MeasuredSample, slow: SlowFigures): ConsoleSample['view'] {
    const flow = flowOf(this.#samples);
    const limit = backlogLimit(sample, this.sources.limits);
    const { backlog, fanOuts } = sample;
    const taken = takenBy({ deliveries: backlog, fanOuts });
    const waited = { meanWaitS: slow.waits.meanS, taken, limit };
    return {
      at: new Date(sample.at * 1_000).toISOString(),
      windowS: flow?.spanS ?? 0,
      ...{ backlog, fanOuts, taken, limit },
      serviceRate: sample.rate || null,
      sureRate: sample.rate ? sureRate(sample) : null,
      arrivals: flow?.arrivals ?? null,
      completions: flow?.completions ?? null,
      costDone: flow?.costDone ?? null,
      littlesLaw: flow && littlesLaw(flow, waited),
      waits: slow.waits,
      oldestWaitingMs: slow.oldestWaitingMs,
      jobs: slow.jobs,
      timelines: slow.timelines,
      pause: { paused: sample.paused, since: sample.since },
      posts: this.sources.tally.counts,
      limits: { maxWaitS: this.sources.limits.maxWaitS, maxBacklog: this.sources.limits.maxBacklog ?? null },
    };
  }
}

const DEAD_TASKS = 20; // the newest, one line each
const LISTED = 200; // dead letters of a queue that are read; their number comes from its depth

import type pg from 'pg';
import type { ConsoleView, DeadLetterGroup, DeadTaskView, JobsView } from '#api/contract.ts';
import { groupDeadLetters } from '#api/dead-letters.ts';
import { readJobs } from '#api/queue-figures.ts';
import type { Broker } from '#broker/port.ts';
import { backlogLimit, sureRate } from '#core/admission/admission.ts';
import { flowOf, lately, type MeasuredSample, readFlowSample } from '#core/console/flow.ts';
import { littlesLaw } from '#core/console/littles-law.ts';
import type { Tally } from '#core/console/tally.ts';
import { readWaits, type Waits } from '#core/console/waits.ts';
import { readLanes, readOldestWaiting, type WorkerLane } from '#core/ledger/lanes.ts';
import { QUEUES, type QueueName } from '#core/messages.ts';
import { readDeadTasks } from '#core/tasks/dead.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';

type Parts = { pool: pg.Pool; broker: Broker; limits: PostLimits; tally: Tally };

const EVERY = 100; // ms between two samples of the backlog, one row each
const EVERY_SLOW = 1_000; // ms between two looks at everything else, some ten queries
const WINDOW_S = 10; // long enough for a celebrity's tweet to come and go, short enough to follow a change

/** What is looked at once a second. */
type Around = {
  waits: Waits;
  oldestWaitingMs: number | null;
  workers: WorkerLane[];
  jobs: ConsoleView['jobs'];
  deadLetters: DeadLetterGroup[];
  deadTasks: DeadTaskView[];
};

/**
 * The figures of the console, sampled while someone looks: one sampler a web process, however many look. The backlog's
 * own figures are the system's, those of posting are this process's.
 */
export class ConsoleSource {
  readonly #listeners = new Set<(view: ConsoleView) => void>();
  #samples: MeasuredSample[] = [];
  #around: Around | undefined;
  #aroundAt = Number.NEGATIVE_INFINITY;
  #running = false;

  constructor(private readonly parts: Parts) {}

  /** Calls `listener` with every sample from now on; returns how to stop. */
  listen(listener: (view: ConsoleView) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#running) void this.#run();
    return () => this.#listeners.delete(listener);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#listeners.size > 0) {
      const due = performance.now() + EVERY;
      // Postgres or the broker is away: the page keeps its last figures and shows their age.
      await this.#sample().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
    this.#running = false;
    this.#samples = [];
    this.#around = undefined;
    this.#aroundAt = Number.NEGATIVE_INFINITY;
  }

  async #sample(): Promise<void> {
    const sample = await readFlowSample(this.parts.pool);
    this.#samples = lately([...this.#samples, sample], WINDOW_S);
    if (performance.now() - this.#aroundAt >= EVERY_SLOW) {
      this.#aroundAt = performance.now();
      this.#around = await this.#lookAround();
    }
    if (!this.#around) return;
    const view = this.#view(sample, this.#around);
    for (const listener of this.#listeners) listener(view);
  }

  async #lookAround(): Promise<Around> {
    const { pool, broker } = this.parts;
    const [waits, oldestWaitingMs, workers, jobs, deadTasks] = await Promise.all([
      readWaits(pool, WINDOW_S),
      readOldestWaiting(pool),
      readLanes(pool),
      readJobs(broker),
      readDeadTasks(pool, DEAD_TASKS),
    ]);
    return { waits, oldestWaitingMs, workers, jobs, deadTasks, deadLetters: await this.#deadLetters(jobs) };
  }

  /** Looked at only where there are some: with some brokers looking hides them for a moment. */
  async #deadLetters(jobs: Record<QueueName, JobsView | null>): Promise<DeadLetterGroup[]> {
    const found = await Promise.all(
      QUEUES.map(async (queue) =>
        jobs[queue]?.dead ? groupDeadLetters(queue, await this.parts.broker.deadLetters(queue, LISTED)) : [],
      ),
    ).catch(() => []);
    return found.flat();
  }

  #view(sample: MeasuredSample, around: Around): ConsoleView {
    const flow = flowOf(this.#samples);
    const limit = backlogLimit(sample, this.parts.limits);
    const waited = { meanWaitS: around.waits.meanS, backlog: sample.backlog, limit };
    return {
      at: new Date(sample.at * 1_000).toISOString(),
      windowS: flow?.spanS ?? 0,
      backlog: sample.backlog,
      limit,
      serviceRate: sample.rate || null,
      sureRate: sample.rate ? sureRate(sample) : null,
      arrivals: flow?.arrivals ?? null,
      completions: flow?.completions ?? null,
      littlesLaw: flow && littlesLaw(flow, waited),
      waits: around.waits,
      oldestWaitingMs: around.oldestWaitingMs,
      jobs: around.jobs,
      workers: around.workers,
      pause: { paused: sample.paused, since: sample.since },
      deadLetters: around.deadLetters,
      deadTasks: around.deadTasks,
      posts: this.parts.tally.counts,
      limits: { maxWaitS: this.parts.limits.maxWaitS, maxBacklog: this.parts.limits.maxBacklog ?? null },
    };
  }
}

const DEAD_TASKS = 20; // the newest, one line each
const LISTED = 200; // dead letters of a queue that are looked at; the counts come from its depth

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Bounds of a histogram, in seconds: from a small push to a statement that waits for a lock. */
const SHORT = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** From a small tweet on an idle system to a million behind an outage. */
const LONG = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/**
 * The figures of one worker process for Prometheus. docs/operations.md lists them. They are noted by what `measured.ts` puts
 * around the parts of a worker; a worker without METRICS_PORT has none of this.
 */
export class WorkerFigures {
  readonly registry = new Registry();
  readonly pushSeconds = this.#histogram(
    'worker_push_duration_seconds',
    'From the call of the push script to its answer',
    { labels: ['lane', 'outcome'], buckets: SHORT },
  );
  readonly turnSeconds = this.#histogram(
    'worker_push_wait_seconds',
    'How long a push waited for its turn at the timeline store',
    { labels: ['lane'], buckets: SHORT },
  );
  readonly pushes = this.#gauge('worker_pushes', 'Pushes that wait for their turn, and that run', [
    'lane',
    'state',
  ]);
  readonly deliveries = this.#counter(
    'worker_deliveries_total',
    'Followers of chunks that were written into the ledger: with a timeline (delivered) and without (cold)',
    ['outcome'],
  );
  readonly chunks = this.#counter(
    'worker_chunks_total',
    'Chunks in the ledger: pushed, or redelivered, when the receipt was there already',
    ['outcome'],
  );
  readonly lagSeconds = this.#histogram(
    'worker_delivery_lag_seconds',
    'From the acceptance of a tweet to the ledger’s row of its chunks, by the clock of Postgres',
    { labels: [], buckets: LONG },
  );
  readonly messages = this.#counter(
    'worker_messages_total',
    'Messages handled: done, to come again (later), or given up (dead)',
    ['queue', 'outcome'],
  );
  readonly redeliveries = this.#counter(
    'worker_messages_redelivered_total',
    'Messages that the broker knows to have handed out before',
    ['queue'],
  );
  readonly messageSeconds = this.#histogram(
    'worker_message_duration_seconds',
    'How long a message is handled',
    {
      labels: ['queue'],
      buckets: LONG,
    },
  );
  readonly held = this.#gauge('worker_messages_held', 'Messages that are handled now', ['queue']);
  readonly published = this.#counter('worker_messages_published_total', 'Messages that the broker took', [
    'queue',
  ]);
  readonly publishSeconds = this.#histogram(
    'worker_publish_duration_seconds',
    'How long the broker took to take messages that were published together',
    { labels: ['queue'], buckets: SHORT },
  );
  readonly statementSeconds = this.#histogram(
    'worker_statement_duration_seconds',
    'How long Postgres took for a statement, by its name',
    { labels: ['statement'], buckets: SHORT },
  );
  readonly connections = this.#gauge(
    'worker_postgres_connections',
    'Connections to Postgres: in use, idle, and requests that wait for one',
    ['state'],
  );
  readonly tasks = this.#counter('worker_task_runs_total', 'Attempts at tasks, by how they ended', [
    'kind',
    'outcome',
  ]);
  readonly taskSeconds = this.#histogram(
    'worker_task_duration_seconds',
    'How long an attempt at a task took',
    {
      labels: ['kind'],
      buckets: LONG,
    },
  );
  readonly running = this.#gauge('worker_tasks_running', 'Tasks that run now', ['kind']);
  readonly storeHere = this.#gauge(
    'worker_timeline_store_up',
    '1 while the timeline store is here and complete, so that deliveries are taken, else 0',
    [],
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  #histogram(name: string, help: string, { labels, buckets }: { labels: string[]; buckets: number[] }) {
    return new Histogram({ name, help, labelNames: labels, buckets, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}

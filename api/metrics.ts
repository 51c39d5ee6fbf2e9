import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { readQueue } from '#api/queue-figures.ts';
import type { Web } from '#api/root.ts';
import { readOldestWaiting } from '#core/ledger/workers.ts';
import { readOldestSnapshot } from '#core/retention/oldest-snapshot.ts';
import { countTasks } from '#core/tasks/counts.ts';
import { countReceipts } from '#core/timelines/sweep-receipts.ts';

type Answer = { method: string; route: string; status: number };

/** The figures of this web process for Prometheus. Those of the ledger are read when Prometheus asks. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #posts = new Counter({
    name: 'tweets_posted_total',
    help: 'Answers to POST /api/tweets of this process',
    labelNames: ['answer'],
    registers: [this.#registry],
  });
  /** Its count is the rate of requests, and by its status the rate of errors. */
  readonly #requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From a request of the HTTP interface to its answer, without the body of a stream; by the first digit of its status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.#registry],
  });
  readonly #deliveries = this.#gauge(
    'fan_out_deliveries',
    'Deliveries: backlog, taken of the limit, the limit, and cost done a second',
    'figure',
  );
  readonly #jobs = this.#gauge('broker_messages', 'Messages by queue and state', 'queue', 'state');
  readonly #unfinished = this.#gauge('fan_outs_unfinished', 'Fan-outs accepted and not finished');
  readonly #oldestFanOut = this.#gauge(
    'fan_outs_oldest_seconds',
    'Since when the oldest fan-out that is not finished was accepted; 0 when all are',
  );
  readonly #paused = this.#gauge('deliveries_paused', '1 while deliveries are paused, else 0');
  readonly #tasks = this.#gauge('tasks', 'Tasks by state; failed are dead letters', 'state');
  readonly #oldest = this.#gauge(
    'tasks_oldest_waiting_seconds',
    'How long the oldest task that is due waits',
  );
  readonly #receipts = this.#gauge(
    'receipts',
    'Receipts of chunks in the timeline store: how many tweets have one, and about how many bytes they take',
    'figure',
  );
  readonly #inFlight = this.#gauge('requests_in_flight', 'Calls of the HTTP interface that are answered now');
  readonly #streams = this.#gauge('streams_open', 'Event streams that this process carries');
  readonly #streamBytes = this.#gauge(
    'stream_bytes_waiting',
    'Bytes of events that wait for the readers of streams',
  );
  readonly #audits = this.#gauge('audits_waited_for', 'People who wait for an audit of this process');
  readonly #halfSent = this.#gauge(
    'requests_half_sent',
    'Connections without a request, and requests without all of their body',
  );
  readonly #timelineBytes = this.#gauge(
    'timeline_store_bytes',
    'Memory of the timeline store: used, its bound, and above which timelines are dropped and posts refused',
    'figure',
  );
  readonly #timelines = this.#gauge(
    'timelines',
    'Timelines in the store (held, about), of readers who have none (cold), and dropped ever',
    'state',
  );
  readonly #snapshot = this.#gauge(
    'postgres_oldest_snapshot_seconds',
    'For how long somebody, pg_dump say, has kept Postgres from clearing what was written since',
  );
  readonly #workers = this.#gauge('workers', 'Worker processes seen within 5 s');

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Notes an answer. `route` is the pattern of the path, of which there are few. */
  answered({ method, route, status }: Answer, seconds: number): void {
    this.#requests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds);
  }

  /** The exposition text. Rejects when Postgres is away: then a failed scrape is the truth. */
  async text(web: Web): Promise<{ body: string; contentType: string }> {
    const { oldestMs, ...tasks } = await countTasks(web.pool);
    for (const [state, count] of Object.entries(tasks)) this.#tasks.set({ state }, count);
    this.#oldest.set(oldestMs / 1_000);
    const { deliveries, jobs, fanOuts, workers, pause } = await readQueue(web);
    this.#deliveries.set({ figure: 'backlog' }, deliveries.backlog);
    this.#deliveries.set({ figure: 'taken' }, deliveries.taken);
    this.#deliveries.set({ figure: 'limit' }, deliveries.limit);
    this.#deliveries.set({ figure: 'rate' }, deliveries.rate ?? 0);
    this.#jobs.reset();
    for (const [queue, depth] of Object.entries(jobs))
      for (const [state, count] of Object.entries(depth ?? {})) this.#jobs.set({ queue, state }, count);
    this.#snapshot.set(await readOldestSnapshot(web.pool));
    await this.#readTimelines(web);
    const receipts = await countReceipts(web.timelines).catch(() => ({}));
    this.#receipts.reset();
    for (const [figure, count] of Object.entries(receipts)) this.#receipts.set({ figure }, count);
    this.#posts.reset();
    for (const [answer, count] of web.tally.answers) this.#posts.inc({ answer }, count);
    this.#unfinished.set(fanOuts.unfinished);
    this.#oldestFanOut.set(((await readOldestWaiting(web.pool)) ?? 0) / 1_000);
    this.#paused.set(pause.paused ? 1 : 0);
    this.#workers.set(workers);
    this.#inFlight.set(web.requests.count);
    this.#halfSent.set(web.halfSent.total);
    this.#audits.set(web.audits.waiting);
    this.#streams.set(web.streams.count);
    this.#streamBytes.set(web.streams.waiting);
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  /** None of a store that is away, and no bound where there is none. */
  async #readTimelines({ timelineFigures }: Web): Promise<void> {
    const found = await timelineFigures();
    this.#timelineBytes.reset();
    this.#timelines.reset();
    if (!found) return;
    const { used, max, dropAbove, refuseAbove, held, cold, dropped } = found;
    const bytes = { used, max, drop_above: dropAbove, refuse_above: refuseAbove };
    for (const [figure, value] of Object.entries(bytes))
      if (value !== null) this.#timelineBytes.set({ figure }, value);
    for (const [state, value] of Object.entries({ held, cold, dropped }))
      this.#timelines.set({ state }, value);
  }

  #gauge(name: string, help: string, ...labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}

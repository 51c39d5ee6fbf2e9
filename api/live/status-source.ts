import type pg from 'pg';
import type { PartState, StatusView } from '#api/contract.ts';
import type { Broker } from '#broker/port.ts';
import { countUnfinished } from '#core/admission/backlog.ts';
import { readPause } from '#core/admission/pause.ts';
import { countWorkers } from '#core/ledger/workers.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

type Sources = { pool: pg.Pool; broker: Broker; timelines: TimelineStore };

const EVERY = 2_000; // ms between two looks while someone listens

/** Looks whether the servers that this process depends on answer, for as long as somebody listens. */
export class StatusSource {
  #listeners = new Set<(status: StatusView) => void>();
  #timer: NodeJS.Timeout | undefined;
  #last: StatusView | undefined;

  constructor(private readonly sources: Sources) {}

  /** Calls `listener` with what is known, and with every look from now on; returns how to stop. */
  listen(listener: (status: StatusView) => void): () => void {
    this.#listeners.add(listener);
    if (this.#last) listener(this.#last);
    if (!this.#timer) this.#look();
    return () => this.#listeners.delete(listener);
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#listeners.size === 0) {
      this.#last = undefined;
      return;
    }
    this.#timer = setTimeout(() => this.#look(), EVERY);
    this.now().then((status) => {
      this.#last = status;
      for (const listener of this.#listeners) listener(status);
    });
  }

  /** One look at all of them; takes as long as the slowest, which its connection's timeout bounds. */
  async now(): Promise<StatusView> {
    const { pool, broker, timelines } = this.sources;
    const [queue, store, counts] = await Promise.all([
      partState(broker.ping()),
      partState(timelines.redis.ping()),
      Promise.all([countWorkers(pool), countUnfinished(pool), readPause(pool)]).catch(() => null),
    ]);
    return {
      workers: counts?.[0] ?? null,
      queue,
      timelines: store,
      postgres: counts ? 'ok' : 'away',
      unfinished: counts?.[1] ?? null,
      pause: counts?.[2] ?? null,
      at: new Date().toISOString(),
    };
  }
}

const partState = (answer: Promise<unknown>): Promise<PartState> =>
  answer.then(
    () => 'ok',
    () => 'away',
  );

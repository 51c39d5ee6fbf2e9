import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { PartState, StatusView } from '#api/contract.ts';
import { Sampler } from '#api/live/sampler.ts';
import type { Broker } from '#broker/port.ts';
import { countUnfinished } from '#core/admission/backlog.ts';
import { readPause } from '#core/admission/pause.ts';
import { SECOND } from '#core/durations.ts';
import { countWorkers } from '#core/ledger/workers.ts';
import { type StoreClient, serversOf } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

type Sources = { pool: pg.Pool; broker: Broker; timelines: TimelineStore };

const EVERY = 2 * SECOND; // between two looks while someone listens

/** Looks whether the servers that this process depends on answer, for as long as somebody listens. */
export class StatusSource {
  readonly #sampler = new Sampler<StatusView>({
    everyMs: EVERY,
    take: () => this.#look(),
    ended: () => {
      this.#last = undefined;
    },
  });
  #last: StatusView | undefined;

  constructor(private readonly sources: Sources) {}

  /** Calls `listener` with what is known, and with every look from now on; returns how to stop. */
  listen(listener: (status: StatusView) => void): () => void {
    if (this.#last) listener(this.#last);
    return this.#sampler.listen(listener);
  }

  async #look(): Promise<StatusView> {
    this.#last = await this.now();
    return this.#last;
  }

  /**
   * Looks at all servers once. It takes as long as the slowest, at most until its connection's timeout. One that has not
   * answered after `patienceMs` is away.
   */
  async now(patienceMs?: number): Promise<StatusView> {
    const { pool, broker, timelines } = this.sources;
    const within = <T>(answer: Promise<T>) => inTime(answer, patienceMs);
    const [queue, store, counts] = await Promise.all([
      partState(within(broker.ping())),
      partState(within(pingAll(timelines.redis))),
      within(Promise.all([countWorkers(pool), countUnfinished(pool), readPause(pool)])).catch(() => null),
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

/** A store is as good as its worst server. */
async function pingAll(store: StoreClient): Promise<void> {
  const servers = await serversOf(store);
  await Promise.all(servers.map((server) => server.ping()));
}

const partState = (answer: Promise<unknown>): Promise<PartState> =>
  answer.then(
    () => 'ok',
    () => 'away',
  );

/** Rejects when there is no answer in time. It comes later, to nobody. */
async function inTime<T>(answer: Promise<T>, patienceMs: number | undefined): Promise<T> {
  if (patienceMs === undefined) return answer;
  const waiting = new AbortController();
  const late = wait(patienceMs, undefined, { signal: waiting.signal }).then(() => {
    throw new Error(`Expected an answer within ${patienceMs} ms`);
  });
  late.catch(() => {});
  return Promise.race([answer, late]).finally(() => waiting.abort());
}

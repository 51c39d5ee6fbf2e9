import type { Redis } from 'ioredis';
import { PROGRESS_CHANNEL, type Progress, parseProgress } from '#core/progress/progress.ts';

/** `resync`: the connection was lost and is back, hints are missing in between; read the ledger again. */
export type ProgressEvent = Progress | { kind: 'resync' };

/** The one subscription of a web process to the workers' hints. Connects with its first listener. */
export class ProgressSource {
  #listeners = new Set<(event: ProgressEvent) => void>();
  #redis: Redis | undefined;

  constructor(private readonly connect: () => Redis) {}

  /** Calls `listener` for every hint from now on; returns how to stop. */
  listen(listener: (event: ProgressEvent) => void): () => void {
    this.#redis ??= this.#subscribe();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #subscribe(): Redis {
    const redis = this.connect();
    redis.on('message', (_channel, message) => this.#tell(parseProgress(message)));
    // `ready` comes again after each reconnect: ioredis subscribes anew by itself, what was said meanwhile is lost.
    redis.on('ready', () => this.#tell({ kind: 'resync' }));
    redis.subscribe(PROGRESS_CHANNEL).catch(() => {}); // away at first: it subscribes once it is connected
    return redis;
  }

  #tell(event: ProgressEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

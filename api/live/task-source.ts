import type { Redis } from 'ioredis';
import { parseTaskHint, TASK_CHANNEL, type TaskHint } from '#core/tasks/hints.ts';

/** The one subscription of a web process to changes of tasks. Connects with its first listener. */
export class TaskSource {
  #listeners = new Set<(hints: TaskHint[] | 'all') => void>();
  #redis: Redis | undefined;

  constructor(private readonly connect: () => Redis) {}

  /** Calls `listener` with what has changed; `all` after a gap. Returns how to stop. */
  listen(listener: (hints: TaskHint[] | 'all') => void): () => void {
    this.#redis ??= this.#subscribe();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #subscribe(): Redis {
    const redis = this.connect();
    redis.on('message', (_channel, message) => this.#tell(parseTaskHint(message)));
    // What was said before a reconnect is lost.
    redis.on('ready', () => this.#tell('all'));
    redis.subscribe(TASK_CHANNEL).catch(() => {}); // away at first: it subscribes once it is connected
    return redis;
  }

  #tell(hints: TaskHint[] | 'all'): void {
    for (const listener of this.#listeners) listener(hints);
  }
}

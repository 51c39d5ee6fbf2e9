import type { StoreClient } from '#core/redis.ts';
import { type TaskHint, tellTasks } from '#core/tasks/hints.ts';

const PACE = 50; // ms: more than a screen shows, and a thousand tasks a second are 20 messages

/** Gathers what a worker's tasks have to tell, because web processes read the ledger again for each message. */
export class TaskHints {
  readonly #gathered = new Set<TaskHint>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly redis: StoreClient) {}

  /** Tells these hints soon, together with others that come until then. */
  tell(...hints: TaskHint[]): void {
    for (const hint of hints) this.#gathered.add(hint);
    if (hints.length > 0) this.#timer ??= setTimeout(() => this.flush(), PACE);
  }

  /** Tells now what is gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    tellTasks(this.redis, [...this.#gathered]);
    this.#gathered.clear();
  }
}

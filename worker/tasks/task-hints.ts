import type { Redis } from 'ioredis';
import { type TaskHint, tellTasks } from '#core/tasks/hints.ts';

const PACE = 50; // ms: more than a screen shows, and a thousand tasks a second are 20 messages

/** What a worker's tasks have to tell, gathered: the ledger is read again for each of these messages. */
export class TaskHints {
  readonly #gathered = new Set<TaskHint>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly redis: Redis) {}

  /** Tells soon, together with what else is told until then. */
  tell(...hints: TaskHint[]): void {
    for (const hint of hints) this.#gathered.add(hint);
    if (hints.length > 0) this.#timer ??= setTimeout(() => this.flush(), PACE);
  }

  /** Tells now what waits to be told. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    tellTasks(this.redis, [...this.#gathered]);
    this.#gathered.clear();
  }
}

import { SECOND } from '#core/durations.ts';

const AGAIN = SECOND; // until a run that failed is tried again: its server is away for the moment

/**
 * Runs an action for a key when the key is touched: at once, and then at most once every `pace` milliseconds. The last touch
 * is never lost, two runs for one key never overlap, and a run that fails is tried again.
 */
export class Paced<Key> {
  readonly #waiting = new Map<Key, { again: boolean }>();
  #stopped = false;

  constructor(
    private readonly pace: number,
    private readonly action: (key: Key) => Promise<void>,
  ) {}

  /** Something about this key has changed. */
  touch(key: Key): void {
    if (this.#stopped) return;
    const waiting = this.#waiting.get(key);
    if (waiting) {
      waiting.again = true;
      return;
    }
    void this.#run(key);
  }

  /** Runs nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  async #run(key: Key): Promise<void> {
    const state = { again: false };
    this.#waiting.set(key, state);
    const due = performance.now() + this.pace;
    let rest = 0;
    try {
      await this.action(key);
    } catch {
      state.again = true;
      rest = AGAIN;
    }
    setTimeout(() => this.#settle(key, state), Math.max(rest, due - performance.now()));
  }

  #settle(key: Key, { again }: { again: boolean }): void {
    this.#waiting.delete(key);
    if (again && !this.#stopped) void this.#run(key);
  }
}

type Reading<Key, Item> = {
  /** Milliseconds between two reads of one key. */
  pace: number;
  read(key: Key): Promise<Item[]>;
  idOf(item: Item): unknown;
  /** A text that differs when the item has changed for those who watch it. */
  markOf(item: Item): string;
  /** Called once, when somebody watches for the first time. From then on it touches what hints name. */
  listen(reads: SharedReads<Key, Item>): void;
  /** While `isDue`, a key is read again every so many milliseconds, because hints may be lost. */
  lookAgain?: { everyMs: number; isDue(key: Key, items: Item[]): boolean };
};

type Watched<Item> = {
  /** The listeners, and whether each has been told everything. */
  listeners: Map<(items: Item[]) => void, boolean>;
  /** The items as they were read last. */
  items: Item[];
  marks: Map<unknown, string>;
};

/**
 * Reads something once for all who watch it, whenever it is touched: a thousand people who watch one tweet cause one read. A
 * new listener is told all that was read last, and everybody is told what has changed since.
 */
export class SharedReads<Key, Item> {
  readonly #watched = new Map<Key, Watched<Item>>();
  readonly #paced: Paced<Key>;
  #isListening = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(private readonly reading: Reading<Key, Item>) {
    this.#paced = new Paced(reading.pace, (key) => this.#read(key));
  }

  /** Calls `listener` later, with all items and then with those that changed; returns how to stop. */
  watch(key: Key, listener: (items: Item[]) => void): () => void {
    const watched = this.#watched.get(key) ?? { listeners: new Map(), items: [], marks: new Map() };
    this.#watched.set(key, watched);
    watched.listeners.set(listener, false);
    queueMicrotask(() => this.#tell(watched, []));
    this.#start();
    this.#paced.touch(key);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0 && this.#watched.get(key) === watched) this.#watched.delete(key);
    };
  }

  /** Reads this again, if anybody watches it. */
  touch(key: Key): void {
    if (this.#watched.has(key)) this.#paced.touch(key);
  }

  /** Reads everything again that is watched. */
  touchAll(): void {
    for (const key of this.#watched.keys()) this.#paced.touch(key);
  }

  /** The items as they were read last; none when nobody watches them. */
  last(key: Key): Item[] {
    return this.#watched.get(key)?.items ?? [];
  }

  #start(): void {
    const { listen, lookAgain } = this.reading;
    if (lookAgain) this.#looking ??= setInterval(() => this.#look(lookAgain.isDue), lookAgain.everyMs);
    if (this.#isListening) return;
    this.#isListening = true;
    listen(this);
  }

  #look(isDue: (key: Key, items: Item[]) => boolean): void {
    for (const [key, { items }] of this.#watched) if (isDue(key, items)) this.#paced.touch(key);
    if (this.#watched.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  async #read(key: Key): Promise<void> {
    if (!this.#watched.has(key)) return;
    const items = await this.reading.read(key);
    const watched = this.#watched.get(key); // now: somebody may have come, and all may have left
    if (!watched) return;
    const { idOf, markOf } = this.reading;
    const marks = new Map(items.map((item) => [idOf(item), markOf(item)]));
    const changed = items.filter((item) => marks.get(idOf(item)) !== watched.marks.get(idOf(item)));
    Object.assign(watched, { items, marks });
    this.#tell(watched, changed);
  }

  #tell({ listeners, items }: Watched<Item>, changed: Item[]): void {
    for (const [listener, knowsAll] of listeners) {
      const news = knowsAll ? changed : items;
      if (news.length === 0) continue;
      listeners.set(listener, true);
      listener(news);
    }
  }
}

import type { EventStream } from '#api/live/event-stream.ts';

const MOST = 32 * 1024; // characters of JSON an event: a list of any length becomes several of these

type Telling<Item> = { idOf(item: Item): unknown; send(items: Item[]): void };

/**
 * Tells one stream what has changed, in events of a bounded size, and no faster than its reader reads. An item that changes
 * again before it was told is told once, as it is then.
 */
export class Changes<Item> {
  readonly #untold = new Map<unknown, Item>();
  #isDue = false;

  constructor(
    private readonly stream: EventStream,
    private readonly telling: Telling<Item>,
  ) {}

  add(items: Item[]): void {
    for (const item of items) this.#untold.set(this.telling.idOf(item), item);
    this.#tell();
  }

  #tell(): void {
    if (this.#isDue || this.#untold.size === 0) return;
    this.#isDue = true;
    this.stream.onRoom(() => {
      this.#isDue = false;
      this.telling.send(this.#take());
      this.#tell();
    });
  }

  /** As many as one event may hold, and at least one. */
  #take(): Item[] {
    const taken: Item[] = [];
    let size = 0;
    for (const [id, item] of this.#untold) {
      size += JSON.stringify(item).length;
      if (taken.length > 0 && size > MOST) break;
      taken.push(item);
      this.#untold.delete(id);
    }
    return taken;
  }
}

import { setImmediate as turn } from 'node:timers/promises';
import { SECOND } from '#core/durations.ts';

/** Pages that are rendered at once: while one waits for its data, another uses the processor. */
const AT_ONCE = 2;
/** Pages of one network that may wait: about a second of rendering. */
const MOST_WAITING = 50;
/** After so long a page waits for data or for its reader, and no longer for the processor: the next one may begin. */
const HELD = SECOND / 2;
/** libuv accepts one connection in a turn of the event loop. Between two pages so many newcomers get in. */
const TURNS_BETWEEN = 16;

type Waiting = (leave: () => void) => void;

/**
 * Renders pages a few at a time, the networks that ask in turn. Rendering a page takes 10 to 20 ms during which the event
 * loop does nothing else: with a hundred of them at once, which one client can ask for, a call of the interface waited 10 s.
 *
 *     A ▸ page page page page …      A waits behind its own pages
 *     B ▸ page                       and B behind one of A's
 *     interface                      and calls of the interface behind two
 */
export class PagesInTurn {
  /** By network, the one whose turn comes next first. */
  readonly #lines = new Map<string, Waiting[]>();
  #rendering = 0;

  /** Pages that wait. */
  get waiting(): number {
    return [...this.#lines.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * Resolves when a page of this network may be rendered, with how to say that it is; saying so twice is fine. Null when
   * too many of the network wait.
   */
  async begin(network: string): Promise<(() => void) | null> {
    const line = this.#lines.get(network) ?? [];
    if (line.length >= MOST_WAITING) return null;
    return new Promise((resolve) => {
      line.push(resolve);
      this.#lines.set(network, line);
      this.#next();
    });
  }

  #next(): void {
    const [first] = this.#lines;
    if (!first || this.#rendering >= AT_ONCE) return;
    const [network, line] = first;
    const begin = line.shift();
    this.#lines.delete(network);
    if (line.length > 0) this.#lines.set(network, line); // behind all others
    this.#rendering++;
    begin?.(this.#leaving());
    this.#next();
  }

  #leaving(): () => void {
    let hasLeft = false;
    const leave = () => {
      clearTimeout(late);
      if (hasLeft) return;
      hasLeft = true;
      void this.#afterNewcomers();
    };
    const late = setTimeout(leave, HELD);
    return leave;
  }

  async #afterNewcomers(): Promise<void> {
    for (let passed = 0; passed < TURNS_BETWEEN && this.#lines.size > 0; passed++) await turn();
    this.#rendering--;
    this.#next();
  }
}

import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file of what was done when: one JSON object in each line, with `ms` since the start. */
export class History {
  readonly #file;
  readonly #started = performance.now();

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = createWriteStream(path);
  }

  note(what: string, details: Record<string, unknown> = {}): void {
    const ms = Math.round(performance.now() - this.#started);
    this.#file.write(`${JSON.stringify({ ms, what, ...details })}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }
}

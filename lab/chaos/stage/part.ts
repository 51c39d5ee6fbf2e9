import { signalGroup } from '#dev/pid-file.ts';
import { describeExit, type Running } from '#dev/program.ts';

export type PartOptions = {
  name: string;
  launch: () => Promise<Running>;
  /** Told when it ended although nobody ended it: `code 1`. It is started again at once. */
  died: (name: string, how: string) => void;
};

/** A process of the stage, which the nemesis ends, freezes and starts again. */
export class Part {
  #running: Running | undefined;
  readonly #ending = new WeakSet<Running>();

  constructor(private readonly options: PartOptions) {}

  get name(): string {
    return this.options.name;
  }

  async start(): Promise<void> {
    const running = await this.options.launch();
    this.#running = running;
    void running.exited.then((exit) => {
      if (this.#ending.has(running)) return;
      this.options.died(this.name, describeExit(exit));
      void this.start();
    });
  }

  /** Ends it with a signal that it obeys at once, and waits until it has ended. */
  async end(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#ending.add(running);
    signalGroup(running.pid, signal);
    await running.exited;
  }

  /** Asks it to end, in its own way, and kills it at the deadline. May be called twice. */
  async stop(deadlineMs: number): Promise<void> {
    if (!this.#running) return;
    this.#ending.add(this.#running);
    await this.#running.stop(deadlineMs);
  }

  freeze(): void {
    if (this.#running) signalGroup(this.#running.pid, 'SIGSTOP');
  }

  thaw(): void {
    if (this.#running) signalGroup(this.#running.pid, 'SIGCONT');
  }
}

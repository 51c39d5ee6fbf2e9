import { signalGroup } from '#dev/pid-file.ts';
import { describeExit, type Running } from '#dev/program.ts';

/** Called when a process ended although nobody ended it, and how: `code 1`. */
export type Died = (name: string, how: string) => void;

type Options<R extends Running> = { name: string; died: Died; launch: () => Promise<R> | R };

/** A process that an experiment ends, freezes and starts again. One that dies by itself is started again at once. */
export class ControlledProcess<R extends Running = Running> {
  readonly #ended = new WeakSet<Running>();

  private constructor(
    private readonly options: Options<R>,
    /** The process that runs now, or the last one that ran. */
    public running: R,
  ) {
    this.#follow();
  }

  static async start<R extends Running>(options: Options<R>): Promise<ControlledProcess<R>> {
    return new ControlledProcess(options, await options.launch());
  }

  get name(): string {
    return this.options.name;
  }

  /** Starts it again. */
  async start(): Promise<void> {
    this.running = await this.options.launch();
    this.#follow();
  }

  /** Ends it with a signal that works at once, and waits until it has ended. */
  async end(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
    this.#ended.add(this.running);
    this.#signal(signal);
    await this.running.exited;
  }

  /** Asks it to end in its own way, and kills it at the deadline. May be called twice. */
  async stop(deadlineMs: number): Promise<void> {
    this.#ended.add(this.running);
    await this.running.stop(deadlineMs);
  }

  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    signalGroup(this.running.pid, signal);
  }

  #follow(): void {
    const { running } = this;
    void running.exited.then((exit) => {
      if (this.#ended.has(running)) return;
      this.options.died(this.name, describeExit(exit));
      void this.start();
    });
  }
}

import { availableParallelism } from 'node:os';

/** Reads what a process uses. */
export type Meter = {
  /** CPU so far, in ms. */
  usedMs(): number;
  /** Time so far, in ms. */
  now(): number;
  cores: number;
};

const OWN: Meter = {
  usedMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  now: () => performance.now(),
  cores: availableParallelism(),
};

const BURST = 500; // ms of CPU that may be above the share, because acts come in bursts

/** Holds this process to a share of the machine from now on. Ask `mayAct` before each act. */
export class HeldTo {
  readonly #began: { at: number; used: number };

  constructor(
    private readonly share: number,
    private readonly meter: Meter = OWN,
  ) {
    this.#began = { at: meter.now(), used: meter.usedMs() };
  }

  /** The share of the whole machine that was used since the start. */
  get used(): number {
    return this.#usedMs / this.#wholeMs;
  }

  /** False while this process has used more than its share. */
  mayAct(): boolean {
    return this.#usedMs <= this.share * this.#wholeMs + BURST;
  }

  get #usedMs(): number {
    return this.meter.usedMs() - this.#began.used;
  }

  get #wholeMs(): number {
    return (this.meter.now() - this.#began.at) * this.meter.cores;
  }
}

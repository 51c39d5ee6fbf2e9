import { z } from 'zod';
import type { Broker, Delivery } from '#broker/port.ts';
import { until } from '#dev/ports.ts';
import { percentile } from '#lab/harness/statistics.ts';
import { sharedMemoryMb } from '#lab/stage/process-use.ts';
import { chunkMessages, takeMessages } from './bare-messages.ts';

/** A broker, and the process of its server. */
export type Filled = { broker: Broker; pid: number };

export type FillOrder = {
  /** How many messages wait, from step to step. */
  levels: number[];
  /** Messages that are taken, and as many that are published one by one, at each level. */
  sample: number;
  singles: number;
  /** The filling ends when a level takes longer. */
  seconds: number;
  /** Called with each level. */
  told?: (level: Level) => void;
};

/** What a broker did while so many messages waited. */
export type Level = {
  waiting: number;
  publishedPerS: number;
  takenPerS: number;
  /** Seconds until a message that comes now is taken, at that rate, after all that wait. */
  waitS: number;
  /** 99 of 100 single publishes are confirmed within this time. */
  answerP99Ms: number;
  memoryMb: number;
};

/** How a filling ended. */
export type Filling = {
  levels: Level[];
  /** How many messages it held when it took no more, and what it said. Null when it took all. */
  end: { waiting: number; reason: string } | null;
};

/** A queue that was filled, and still holds its messages. */
export type FilledQueue = Filling & {
  /** Takes all that is left, for at most `withinMs`. */
  drain(withinMs: number): Promise<Drained>;
};

/** How many messages were confirmed and never came, and how many are still in the queue. */
export type Drained = { lost: number; left: number };

/**
 * Fills the queue from level to level and measures at each. It ends with the last level, a refusal, or a level that
 * takes too long, and leaves the messages in the queue.
 */
export async function fillQueue({ broker, pid }: Filled, order: FillOrder): Promise<FilledQueue> {
  const queue = new Counted(broker);
  const levels: Level[] = [];
  const drain = (withinMs: number) => queue.drain(withinMs);
  await until(() => broker.depth('delivery'), 10_000); // makes the queue
  await queue.warmUp();
  for (const waiting of order.levels) {
    const filled = await queue.fillTo(waiting, order.seconds * 1_000);
    if ('reason' in filled) return { levels, end: filled, drain };
    const memoryMb = sharedMemoryMb(pid);
    const answers = await queue.publishSingly(order.singles);
    const { perSecond } = await queue.take(order.sample, SAMPLE_MS);
    const level = {
      ...{ waiting, memoryMb, publishedPerS: filled.perSecond, takenPerS: perSecond },
      ...{ waitS: waiting / perSecond, answerP99Ms: percentile(answers, 99) },
    };
    levels.push(level);
    order.told?.(level);
  }
  return { levels, end: null, drain };
}

/** Two levels for each power of ten, such as 10,000, 30,000 and 100,000, and the last one. */
export function levelsTo(from: number, most: number): number[] {
  const levels: number[] = [];
  for (let level = from; level < most; level *= levels.length % 2 === 1 ? 3 : 10 / 3)
    levels.push(Math.round(level));
  return [...levels, most];
}

const BATCH = 5_000;
const WARM_UP = 2_000; // messages, for connections and for compilers
const SAMPLE_MS = 10_000; // for a slow broker fewer messages show its rate
/** After so many tries a broker that only paused is back. One that is full is not. */
const TRIES = 3;

type Refused = { waiting: number; reason: string };

const message = z.object({ chunk: z.int() });

/**
 * A queue that knows which messages should be in it. They are numbered in the order of their publishing. A publish that is
 * refused may have left some messages all the same, so it is repeated with the same numbers: those below `#published` are
 * confirmed, and no other counts.
 */
class Counted {
  #published = 0;
  #taken = 0;
  #came = new Uint8Array(1_000_000);

  constructor(private readonly broker: Broker) {}

  get waiting(): number {
    return this.#published - this.#taken;
  }

  async warmUp(): Promise<void> {
    await this.#publish(WARM_UP);
    await this.take(WARM_UP, SAMPLE_MS);
  }

  async fillTo(waiting: number, withinMs: number): Promise<{ perSecond: number } | Refused> {
    const [began, before] = [performance.now(), this.#published];
    while (this.waiting < waiting) {
      const reason = await this.#publish(Math.min(BATCH, waiting - this.waiting));
      if (reason !== null) return { waiting: this.waiting, reason };
      if (performance.now() - began > withinMs)
        return { waiting: this.waiting, reason: `not reached within ${withinMs / 1_000} s` };
    }
    return { perSecond: (1_000 * (this.#published - before)) / (performance.now() - began) };
  }

  /** Publishes one message after another. Returns the milliseconds of each. */
  async publishSingly(count: number): Promise<number[]> {
    const answers: number[] = [];
    for (let n = 0; n < count; n++) {
      const began = performance.now();
      await this.#publish(1);
      answers.push(performance.now() - began);
    }
    return answers;
  }

  async take(count: number, withinMs: number) {
    const told = ({ body }: Delivery) => this.#note(message.parse(body).chunk);
    const taken = await takeMessages(this.broker, { count, withinMs, told });
    this.#taken += taken.count;
    return taken;
  }

  async drain(withinMs: number): Promise<Drained> {
    const end = performance.now() + withinMs;
    let left = await this.#left();
    while (left > 0 && performance.now() < end) {
      await this.take(left, Math.min(SAMPLE_MS, end - performance.now()));
      left = await this.#left();
    }
    const came = this.#came.subarray(0, this.#published).reduce((sum, each) => sum + each, 0);
    return { lost: Math.max(0, this.#published - came - left), left };
  }

  async #left(): Promise<number> {
    const { waiting, inFlight } = await this.broker.depth('delivery');
    return waiting + inFlight;
  }

  #note(number: number): void {
    if (number >= this.#came.length) {
      const larger = new Uint8Array(2 * number);
      larger.set(this.#came);
      this.#came = larger;
    }
    this.#came[number] = 1;
  }

  /** Publishes messages. Returns null, or the broker's reason when it took none of them in several tries. */
  async #publish(count: number): Promise<string | null> {
    for (let tries = 1; ; tries++) {
      try {
        await this.broker.publish('delivery', chunkMessages(count, this.#published));
        this.#published += count;
        return null;
      } catch (error) {
        if (tries === TRIES) return error instanceof Error ? error.message : String(error);
      }
    }
  }
}

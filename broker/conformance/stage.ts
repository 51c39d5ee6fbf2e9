import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Message, QueueName } from '#core/messages.ts';
import { eventually } from '#testing/eventually.ts';
import { openBroker } from '../open-broker.ts';
import type { Broker, Delivery, Depth } from '../port.ts';
import type { BrokerConfig } from '../variables.ts';
import { startChild, type TestChild } from './child.ts';
import { type Fixture, type TestServer, Unavailable } from './fixture.ts';

const START_MS = 60_000;

/** What a test of the suite has at hand: a server of its own, brokers and processes that are cleaned up after it. */
export interface Stage {
  /** Registers a test, or skips it with the reason when the adapter lists it as a gap. */
  test(name: string, run: () => Promise<void>): void;
  server(): TestServer;
  /** Opens a broker on the server, or on whatever a test has to complain about. */
  open(config?: BrokerConfig): Broker;
  /** Starts a process that takes messages of the queue and never finishes one. */
  child(queue: QueueName): TestChild;
  /** Tests that a gap names and the suite does not have. */
  unknownGaps(): string[];
}

/** Sets the stage for one adapter: its server starts before the first test and is empty before each. */
export function setStage({ name, start, gaps }: Fixture): Stage {
  let server: TestServer | undefined;
  let unavailable: Unavailable | undefined;
  const brokers: Broker[] = [];
  const children: TestChild[] = [];
  const running = () => {
    if (!server) throw new Error(`the ${name} server has not been started`);
    return server;
  };

  beforeAll(async () => {
    try {
      server = await start();
    } catch (error) {
      // In a pipeline a missing server fails the tests: nobody would notice that only two of three brokers were tested.
      if (!(error instanceof Unavailable) || process.env.CI) throw error;
      unavailable = error;
    }
  }, START_MS * 2);
  beforeEach(async () => server?.empty());
  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill();
    await Promise.all(brokers.splice(0).map((broker) => broker.close(0)));
  });
  afterAll(async () => server?.stop(), START_MS);

  const registered = new Set<string>();
  return {
    server: running,
    test(sentence, run) {
      registered.add(sentence);
      const gap = gaps.find(({ tests }) => tests.includes(sentence));
      if (gap) return void test.skip(`${sentence} (gap: ${gap.reason})`);
      test(sentence, { timeout: START_MS }, async ({ skip }) => {
        if (unavailable) skip(unavailable.message);
        await run();
      });
    },
    open(config = running().config) {
      const broker = openBroker(config);
      brokers.push(broker);
      return broker;
    },
    child(queue) {
      const child = startChild({ queue, config: running().config });
      children.push(child);
      return child;
    },
    unknownGaps: () => gaps.flatMap(({ tests }) => tests).filter((sentence) => !registered.has(sentence)),
  };
}

/** Remembers what a handler was given. */
export class Inbox {
  readonly deliveries: { body: unknown; redelivered: boolean; at: number; signal: AbortSignal }[] = [];

  readonly handler = async ({ body, redelivered, signal }: Delivery): Promise<void> => {
    this.deliveries.push({ body, redelivered, signal, at: performance.now() });
  };

  /** Every body once, sorted: order and repetition are not promised by any broker. */
  bodies(): unknown[] {
    return [...new Set(this.deliveries.map(({ body }) => body))].sort();
  }
}

/** Waits until the queue's counts are these. */
export function depthBecomes(broker: Broker, queue: QueueName, depth: Partial<Depth>): Promise<unknown> {
  return eventually(async () => expect(await broker.depth(queue)).toMatchObject(depth));
}

/** A message with a key and a body that a test can tell apart. */
export const message = (body: string): Message => ({ key: `key:${body}`, body });

/** Keeps a handler running until the test lets it go. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

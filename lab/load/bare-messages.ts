import { setTimeout as wait } from 'node:timers/promises';
import type { Broker, Delivery } from '#broker/port.ts';
import type { Message } from '#core/messages.ts';

const HANDLERS = 50;
const LOOK = 10; // ms
const STOP = 5_000; // ms

/** Messages like those of a fan-out's chunks, with no tweet behind them. `first` is the number of the first. */
export const chunkMessages = (count: number, first = 0): Message[] =>
  Array.from({ length: count }, (_, n) => ({
    key: `1-${first + n}`,
    body: { tweetId: 1_000_000_000, chunk: first + n },
    group: '1',
  }));

/** How many messages a second were taken until the end, and how many in all when the consumer had stopped. */
export type Taken = { perSecond: number; count: number };

type Taking = {
  count: number;
  withinMs: number /** Called with each message. */;
  told?(delivery: Delivery): void;
};

/** Takes `count` messages and does nothing with them, for at most `withinMs`. It takes a few more while it stops. */
export async function takeMessages(
  broker: Broker,
  { count, withinMs, told = () => {} }: Taking,
): Promise<Taken> {
  let taken = 0;
  const handler = async (delivery: Delivery) => {
    taken += 1;
    told(delivery);
  };
  const began = performance.now();
  const consumer = broker.consume('delivery', handler, { concurrency: HANDLERS });
  while (taken < count && performance.now() - began < withinMs) await wait(LOOK);
  const perSecond = (1_000 * taken) / (performance.now() - began);
  await consumer.stop(STOP);
  return { perSecond, count: taken };
}

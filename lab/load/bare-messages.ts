import { setTimeout as wait } from 'node:timers/promises';
import type { Broker } from '#broker/port.ts';
import type { Message } from '#core/messages.ts';

const HANDLERS = 50;
const LOOK = 10; // ms
const STOP = 5_000; // ms

/** Messages such as a fan-out sends for its chunks, with nothing behind them; `first` is the number of the first. */
export const chunkMessages = (count: number, first = 0): Message[] =>
  Array.from({ length: count }, (_, n) => ({
    key: `1-${first + n}`,
    body: { tweetId: 1_000_000_000, chunk: first + n },
    group: '1',
  }));

/** What was taken: how many a second until there were enough or the time was over, and how many when all had stopped. */
export type Taken = { perSecond: number; count: number };

/** Takes so many messages and does nothing with them, for at most so long. Some more are taken while it stops. */
export async function takeMessages(
  broker: Broker,
  { count, withinMs }: { count: number; withinMs: number },
): Promise<Taken> {
  let taken = 0;
  const handler = async () => {
    taken += 1;
  };
  const began = performance.now();
  const consumer = broker.consume('delivery', handler, { concurrency: HANDLERS });
  while (taken < count && performance.now() - began < withinMs) await wait(LOOK);
  const perSecond = (1_000 * taken) / (performance.now() - began);
  await consumer.stop(STOP);
  return { perSecond, count: taken };
}

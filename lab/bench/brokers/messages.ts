import { setTimeout as wait } from 'node:timers/promises';
import type { Broker } from '#broker/port.ts';
import { timed } from '#lab/harness/in-turn.ts';
import type { Series } from '#lab/harness/statistics.ts';
import { chunkMessages, takeMessages } from '#lab/load/bare-messages.ts';
import { memoryMb } from '#lab/stage/process-use.ts';
import type { Contestant } from './contestant.ts';

const HANDLERS = 50;
const PACE = 10; // ms between two messages whose way is timed
const LOOK = 10; // ms

/** What a broker does with bare messages: no Postgres, no timelines, one process that publishes and takes. */
export type MessageFigures = {
  published_per_s: number;
  consumed_per_s: number;
  /** Memory of its server, with nothing in it and with all messages waiting. */
  memory_idle_mb: number;
  memory_full_mb: number;
  /** The time from before a publish to the start of its handler, one message at a time. */
  latency: Series;
};

/** Publishes and takes `count` messages in bulk, then `samples` one by one. No worker may run. */
export async function measureMessages(
  { broker, pid }: Contestant,
  { count, samples }: { count: number; samples: number },
): Promise<MessageFigures> {
  const memory_idle_mb = memoryMb(pid);
  const publishing = await timed(() => broker.publish('delivery', chunkMessages(count)));
  const memory_full_mb = memoryMb(pid);
  const { perSecond } = await takeMessages(broker, { count, withinMs: Number.POSITIVE_INFINITY });
  return {
    published_per_s: Math.round(count / publishing),
    consumed_per_s: Math.round(perSecond),
    memory_idle_mb,
    memory_full_mb,
    latency: { unit: 'ms', values: await timeSingles(broker, samples) },
  };
}

async function timeSingles(broker: Broker, samples: number): Promise<number[]> {
  const sentAt = new Map<unknown, number>();
  const values: number[] = [];
  const consumer = broker.consume(
    'delivery',
    async ({ body }) => void values.push(performance.now() - (sentAt.get(body) ?? 0)),
    { concurrency: HANDLERS },
  );
  for (let n = 0; n < samples; n++) {
    sentAt.set(n, performance.now());
    await broker.publish('delivery', [{ key: `single-${n}`, body: n }]);
    await wait(PACE);
  }
  while (values.length < samples) await wait(LOOK);
  await consumer.stop(5_000);
  return values;
}

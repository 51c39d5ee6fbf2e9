import type { Channel } from 'amqplib';
import { SECOND } from '#core/durations.ts';
import type { QueueName } from '#core/messages.ts';
import { PREFIX } from './port.ts';

/**
 * There is one queue for each delay. RabbitMQ looks only at the head of a queue, where a long delay would hold back the
 * shorter ones behind it. A delay is rounded up to the next of these. A longer one goes through the last queue several
 * times.
 */
export const DELAYS_MS = [0.5, 1, 2, 4, 8, 16, 32, 64].map((seconds) => seconds * SECOND);

/** A second bound behind admission: beyond it a publish is refused. A burst exceeds it: 270 at a limit of 100. */
const LENGTH_LIMIT = 1_000_000;
const DEAD_LETTERS_KEPT = 10_000;

export const amqpQueue = (name: QueueName, prefix = PREFIX): string => `${prefix}.${name}`;
/** The queues that hold a queue's dead letters and its delayed messages. */
export const deadQueue = (queue: string): string => `${queue}.dead`;
export const delayQueue = (queue: string, delayMs: number): string => `${queue}.delay.${delayMs}`;

/** All queues of one lane. */
export const queuesOf = (queue: string): string[] => [
  queue,
  deadQueue(queue),
  ...DELAYS_MS.map((delayMs) => delayQueue(queue, delayMs)),
];

/** The shortest of {@link DELAYS_MS} that is not too short, else the longest. */
export function delayFor(ms: number): number {
  return DELAYS_MS.find((delay) => delay >= ms) ?? Math.max(...DELAYS_MS);
}

/** Makes the queues of one lane. Rejects with PRECONDITION_FAILED when one exists with other arguments. */
export async function declare(channel: Channel, queue: string): Promise<void> {
  await declareQuorum(channel, queue, {
    'x-max-length': LENGTH_LIMIT,
    'x-overflow': 'reject-publish',
  });
  await declareQuorum(channel, deadQueue(queue), { 'x-max-length': DEAD_LETTERS_KEPT });
  for (const delayMs of DELAYS_MS) {
    await declareQuorum(channel, delayQueue(queue, delayMs), {
      'x-message-ttl': delayMs,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': queue,
      // At most once is the default: a message that expires while its target cannot take it would be gone.
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    });
  }
}

/** Sets no delivery limit, because the ledger counts attempts. By default RabbitMQ drops a message after 20. */
async function declareQuorum(channel: Channel, queue: string, args: Record<string, unknown>): Promise<void> {
  const common = { 'x-queue-type': 'quorum', 'x-delivery-limit': -1 };
  await channel.assertQueue(queue, { durable: true, arguments: { ...common, ...args } });
}

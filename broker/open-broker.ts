import { openBullmq } from './bullmq.ts';
import type { Broker } from './port.ts';
import { openRabbitmq } from './rabbitmq.ts';

/** What the choice of a broker needs of the environment. */
export type BrokerConfig =
  | { BROKER: 'bullmq'; QUEUE_REDIS_URL: string }
  | { BROKER: 'rabbitmq'; RABBITMQ_URL: string };

/** Opens the broker that `BROKER` names. It need not be reachable yet. */
export function openBroker(config: BrokerConfig): Broker {
  switch (config.BROKER) {
    case 'bullmq':
      return openBullmq({ url: config.QUEUE_REDIS_URL });
    case 'rabbitmq':
      return openRabbitmq({ url: config.RABBITMQ_URL });
  }
}

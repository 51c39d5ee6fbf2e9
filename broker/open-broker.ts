import { openBullmq } from './bullmq.ts';
import type { Broker } from './port.ts';
import { openRabbitmq } from './rabbitmq.ts';
import { openSqs } from './sqs.ts';

/** What the choice of a broker needs of the environment. */
export type BrokerConfig =
  | { BROKER: 'bullmq'; QUEUE_REDIS_URL: string }
  | { BROKER: 'rabbitmq'; RABBITMQ_URL: string }
  | { BROKER: 'sqs'; AWS_REGION: string; SQS_QUEUE_PREFIX: string; SQS_ENDPOINT?: string | undefined };

/** Opens the broker that `BROKER` names. It need not be reachable yet. */
export function openBroker(config: BrokerConfig): Broker {
  switch (config.BROKER) {
    case 'bullmq':
      return openBullmq({ url: config.QUEUE_REDIS_URL });
    case 'rabbitmq':
      return openRabbitmq({ url: config.RABBITMQ_URL });
    case 'sqs':
      return openSqs({
        region: config.AWS_REGION,
        endpoint: config.SQS_ENDPOINT,
        prefix: config.SQS_QUEUE_PREFIX,
      });
  }
}

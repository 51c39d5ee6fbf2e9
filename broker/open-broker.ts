import { urlsIn } from '#core/url-variable.ts';
import { openBullmq } from './bullmq.ts';
import type { Broker } from './port.ts';
import { openRabbitmq } from './rabbitmq.ts';
import { openSqs } from './sqs.ts';
import type { BrokerConfig } from './variables.ts';

/** Opens the broker that `BROKER` names. It need not be reachable yet. */
export function openBroker(config: BrokerConfig): Broker {
  switch (config.BROKER) {
    case 'bullmq':
      return openBullmq({ url: config.QUEUE_REDIS_URL });
    case 'rabbitmq':
      return openRabbitmq({ urls: urlsIn(config.RABBITMQ_URL) });
    case 'sqs':
      return openSqs({
        region: config.AWS_REGION,
        endpoint: config.SQS_ENDPOINT,
        prefix: config.SQS_QUEUE_PREFIX,
      });
  }
}

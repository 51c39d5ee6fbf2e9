import { QUEUES, type QueueName } from '#core/messages.ts';
import { urlsIn } from '#core/url-variable.ts';
import { openBullmq } from './bullmq.ts';
import { type Broker, type OwnBroker, type Place, PREFIX } from './port.ts';
import { openRabbitmq } from './rabbitmq.ts';
import { openSqs } from './sqs.ts';
import type { BrokerConfig } from './variables.ts';

/** Opens the broker that `BROKER` names. It need not be reachable yet. */
export function openBroker(config: BrokerConfig): Broker {
  return openAt(config, { prefix: prefixOf(config), queues: QUEUES });
}

/**
 * Opens the same broker with queues of one's own, for messages that must not meet those of the system. `name` tells them
 * from others of this kind.
 */
export function openOwnBroker(config: BrokerConfig, name: string, queues: QueueName[]): OwnBroker {
  return openAt(config, { prefix: `${prefixOf(config)}-${name}`, queues });
}

/**
 * The same with nothing in them: what a killed process has left there is removed first, on connections of its own, because
 * removed queues come back with the next connection. No other process may use them yet.
 */
export async function openEmptyBroker(
  config: BrokerConfig,
  name: string,
  queues: QueueName[],
): Promise<OwnBroker> {
  const left = openOwnBroker(config, name, queues);
  await left.remove().finally(() => left.close(0));
  return openOwnBroker(config, name, queues);
}

const prefixOf = (config: BrokerConfig): string =>
  config.BROKER === 'sqs' ? config.SQS_QUEUE_PREFIX : PREFIX;

function openAt(config: BrokerConfig, place: Place): OwnBroker {
  switch (config.BROKER) {
    case 'bullmq':
      return openBullmq({ url: config.QUEUE_REDIS_URL, ...place });
    case 'rabbitmq':
      return openRabbitmq({ urls: urlsIn(config.RABBITMQ_URL), ...place });
    case 'sqs':
      return openSqs({ region: config.AWS_REGION, endpoint: config.SQS_ENDPOINT, ...place });
  }
}

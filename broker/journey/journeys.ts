import type { BrokerName } from '../variables.ts';
import { bullmqJourney } from './bullmq.ts';
import type { Journey } from './journey.ts';
import { rabbitmqJourney } from './rabbitmq.ts';
import { sqsJourney } from './sqs.ts';

/** The same message on every broker that there is. */
export const JOURNEYS: Record<BrokerName, Journey> = {
  bullmq: bullmqJourney,
  rabbitmq: rabbitmqJourney,
  sqs: sqsJourney,
};

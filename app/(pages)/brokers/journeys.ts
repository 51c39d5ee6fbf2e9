import type { BrokerName } from '#broker/variables.ts';
import { bullmqJourney } from './bullmq-journey.ts';
import type { Journey } from './journey.ts';
import { rabbitmqJourney } from './rabbitmq-journey.ts';
import { sqsJourney } from './sqs-journey.ts';

/** The same message on every broker. */
export const JOURNEYS: Record<BrokerName, Journey> = {
  bullmq: bullmqJourney,
  rabbitmq: rabbitmqJourney,
  sqs: sqsJourney,
};

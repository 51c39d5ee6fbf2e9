import { z } from 'zod';
import { storeVariable } from '#core/store-url.ts';
import { urlListVariable, urlsIn, urlVariable } from '#core/url-variable.ts';

/** What BROKER may be. */
export const BROKERS = ['bullmq', 'rabbitmq', 'sqs'] as const;

export type BrokerName = (typeof BROKERS)[number];

const choice = z.discriminatedUnion(
  'BROKER',
  [
    z.object({ BROKER: z.literal('bullmq'), QUEUE_REDIS_URL: storeVariable }),
    z.object({ BROKER: z.literal('rabbitmq'), RABBITMQ_URL: urlListVariable('amqp', 'amqps') }),
    z.object({
      BROKER: z.literal('sqs'),
      AWS_REGION: z.string({ error: 'Expected a region such as eu-central-1' }),
      /** For an SQS that is not Amazon's. */
      SQS_ENDPOINT: urlVariable('http', 'https').optional(),
      /** The names of the queues begin with this. */
      SQS_QUEUE_PREFIX: z
        .string()
        .regex(/^[\w-]{1,60}$/, 'Expected up to 60 letters, digits, - or _')
        .default('tweet-fanout'),
    }),
  ],
  { error: `Expected ${BROKERS.join(', ')}` },
);

/** Which broker carries the messages, and the variables that it needs. */
export const brokerVariables = z.preprocess(
  (env) => ({ BROKER: 'bullmq' satisfies BrokerName, ...(env as object) }),
  choice,
);

export type BrokerConfig = z.infer<typeof choice>;

/** The Redis servers or clusters that the chosen broker runs on, by the names of their variables. */
export const redisUrlsOf = (config: BrokerConfig): Record<string, string> =>
  config.BROKER === 'bullmq' ? { QUEUE_REDIS_URL: config.QUEUE_REDIS_URL } : {};

/** The lists of nodes that the chosen broker may begin with, by the names of their variables. */
export const nodeUrlsOf = (config: BrokerConfig): Record<string, string[]> =>
  config.BROKER === 'rabbitmq' ? { RABBITMQ_URL: urlsIn(config.RABBITMQ_URL) } : {};

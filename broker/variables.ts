import { z } from 'zod';

/** As in core/config.ts, which this folder does not import. Nothing here says what was got: a URL holds a password. */
const url = (...protocols: string[]) => {
  const starts = protocols.map((name) => `${name}://`);
  const error = `Expected a URL that starts with ${starts.join(' or ')}`;
  return z
    .string({ error })
    .refine((text) => URL.canParse(text) && starts.some((start) => text.startsWith(start)), { error });
};

const NAMES = ['bullmq', 'rabbitmq', 'sqs'] as const;

export type BrokerName = (typeof NAMES)[number];

const choice = z.discriminatedUnion(
  'BROKER',
  [
    z.object({ BROKER: z.literal('bullmq'), QUEUE_REDIS_URL: url('redis', 'rediss') }),
    z.object({ BROKER: z.literal('rabbitmq'), RABBITMQ_URL: url('amqp', 'amqps') }),
    z.object({
      BROKER: z.literal('sqs'),
      AWS_REGION: z.string({ error: 'Expected a region such as eu-central-1' }),
      /** Of an SQS that is not Amazon's. */
      SQS_ENDPOINT: url('http', 'https').optional(),
      /** Begins the names of the queues. */
      SQS_QUEUE_PREFIX: z
        .string()
        .regex(/^[\w-]{1,60}$/, 'Expected up to 60 letters, digits, - or _')
        .default('tweet-fanout'),
    }),
  ],
  { error: `Expected ${NAMES.join(', ')}` },
);

/** Which broker carries the messages, and what that one needs of the environment. */
export const brokerVariables = z.preprocess(
  (env) => ({ BROKER: 'bullmq' satisfies BrokerName, ...(env as object) }),
  choice,
);

export type BrokerConfig = z.infer<typeof choice>;

/** The Redis servers that the chosen broker runs on, by the names of their variables. */
export const redisUrlsOf = (config: BrokerConfig): Record<string, string> =>
  config.BROKER === 'bullmq' ? { QUEUE_REDIS_URL: config.QUEUE_REDIS_URL } : {};

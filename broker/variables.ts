import { z } from 'zod';

const url = (...protocols: string[]) => {
  const expected = `Expected a URL that starts with ${protocols.map((p) => `${p}://`).join(' or ')}`;
  return z
    .string({ error: `${expected}, got none` })
    .refine((value) => URL.canParse(value) && protocols.some((name) => value.startsWith(`${name}://`)), {
      error: (issue) => `${expected}, got ${JSON.stringify(issue.input)}`,
    });
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
      AWS_REGION: z.string({ error: 'Expected a region such as eu-central-1, got none' }),
      /** Of an SQS that is not Amazon's. */
      SQS_ENDPOINT: url('http', 'https').optional(),
      /** Begins the names of the queues. */
      SQS_QUEUE_PREFIX: z
        .string()
        .regex(/^[\w-]{1,60}$/, 'Expected up to 60 letters, digits, - or _')
        .default('tweet-fanout'),
    }),
  ],
  {
    error: ({ input }) =>
      `Expected ${NAMES.join(', ')}, got ${JSON.stringify((input as { BROKER?: unknown }).BROKER)}`,
  },
);

/** Which broker carries the messages, and what that one needs of the environment. */
export const brokerVariables = z.preprocess(
  (env) => ({ BROKER: 'bullmq' satisfies BrokerName, ...(env as object) }),
  choice,
);

export type BrokerConfig = z.infer<typeof choice>;

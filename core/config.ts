import { hostname } from 'node:os';
import { z } from 'zod';

const url = (...protocols: string[]) => {
  const expected = `Expected a URL that starts with ${protocols.map((p) => `${p}://`).join(' or ')}`;
  return z
    .string({ error: `${expected}, got none` })
    .refine((value) => protocols.some((protocol) => value.startsWith(`${protocol}://`)), {
      error: (issue) => `${expected}, got ${JSON.stringify(issue.input)}`,
    });
};
const count = (from: number, to: number) =>
  z.coerce
    .number({ error: (issue) => `Expected a whole number, got ${JSON.stringify(issue.input)}` })
    .int()
    .min(from)
    .max(to);

/** Which broker carries the messages, and what that one needs beside QUEUE_REDIS_URL. */
const broker = z.discriminatedUnion(
  'BROKER',
  [
    z.object({ BROKER: z.literal('bullmq') }),
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
      `Expected bullmq, rabbitmq or sqs, got ${JSON.stringify((input as { BROKER?: unknown }).BROKER)}`,
  },
);

/** Every variable that this code reads, with its default. The names are in the README. */
const schema = z
  .object({
    DATABASE_URL: url('postgres', 'postgresql'),
    QUEUE_REDIS_URL: url('redis', 'rediss'),
    TIMELINE_REDIS_URL: url('redis', 'rediss'),
    /** Signs the session cookie. */
    SESSION_SECRET: z.string().min(16),
    /** Shown on the delivery page; unique among the workers that run at once. */
    WORKER_NAME: z.string().min(1).max(60).default(`${hostname()}-${process.pid}`),
    /** The longest that an admitted delivery may wait, in seconds: with the measured rate it bounds the backlog. */
    MAX_WAIT_S: count(1, 3_600).default(10),
    /** Bounds the backlog to this many deliveries instead, whatever the rate is. */
    MAX_BACKLOG: count(1, 1_000_000_000).optional(),
    /** Tweets that one account may post within 60 s. */
    POSTS_PER_MINUTE: count(1, 1_000_000).default(60),
    /** Followers a chunk: one Lua call, about 5 ms at 5,000. */
    CHUNK_SIZE: count(1, 5_000).default(5_000),
    /** Chunks that one worker works on at once. */
    DELIVERY_CONCURRENCY: count(1, 64).default(3),
    /** Small fan-outs that one worker works on at once, beside the chunks. */
    FAN_OUT_CONCURRENCY: count(1, 64).default(8),
    /** Entries a home timeline keeps. */
    TIMELINE_CAP: count(10, 5_000).default(800),
    /** 1 on a single Redis; more on a Cluster. Changing it makes every timeline cold. */
    TIMELINE_SHARDS: count(1, 16_384).default(1),
  })
  .and(broker);

export type Config = z.infer<typeof schema>;

/** A variable is missing or wrong. The message names each one and says what was expected. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Reads the environment once; an empty variable counts as unset. Throws {@link ConfigError}. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse({ BROKER: 'bullmq', ...set });
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(
    `The environment is not complete:\n${lines.join('\n')}\n\`npm start\` sets all of these; README.md lists them.`,
  );
}

import { hostname } from 'node:os';
import { z } from 'zod';
import { CHUNK_SIZE } from '#core/ledger/chunk-size.ts';

const url = (...protocols: string[]) => {
  const expected = `Expected a URL that starts with ${protocols.map((p) => `${p}://`).join(' or ')}`;
  return z
    .string({ error: `${expected}, got none` })
    .refine((value) => protocols.some((protocol) => value.startsWith(`${protocol}://`)), {
      error: (issue) => `${expected}, got ${JSON.stringify(issue.input)}`,
    });
};
const count = (from: number, to: number) =>
  z.string().transform((text, context) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= from && value <= to) return value;
    context.addIssue(`Expected a whole number from ${from} to ${to}, got ${JSON.stringify(text)}`);
    return z.NEVER;
  });

/** Every variable that this code reads beside the broker's own, with its default. The names are in the README. */
const schema = z.object({
  DATABASE_URL: url('postgres', 'postgresql'),
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
  /** Calls of the HTTP interface that one web process answers at once, streams aside. */
  MAX_REQUESTS: count(1, 100_000).default(200),
  /** Event streams that one web process carries at once. */
  MAX_STREAMS: count(1, 100_000).default(500),
  /** Names by which this server may be called, beside localhost and IP addresses; comma-separated, without ports. */
  ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform((names) =>
      names
        .toLowerCase()
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  /** Proxies of our own in front of the web process: whose X-Forwarded-* headers are believed. */
  TRUST_PROXY: count(0, 10).default(0),
  /** Followers a chunk: one Lua call. */
  CHUNK_SIZE: count(1, 5_000).default(CHUNK_SIZE),
  /** Delivery messages, of up to four chunks each, that one worker works on at once. */
  DELIVERY_CONCURRENCY: count(1, 64).default(2),
  /** Small fan-outs that one worker works on at once, beside the chunks. */
  FAN_OUT_CONCURRENCY: count(1, 64).default(8),
  /** Tasks that one worker runs at once. */
  TASK_CONCURRENCY: count(1, 256).default(4),
  /** Tasks of high priority that one worker runs at once, beside the others. */
  URGENT_CONCURRENCY: count(1, 256).default(4),
  /** Entries a home timeline keeps. */
  TIMELINE_CAP: count(10, 5_000).default(800),
  /** 1 on a single Redis; more on a Cluster. Changing it makes every timeline cold. */
  TIMELINE_SHARDS: count(1, 16_384).default(1),
});

export type Config = z.infer<typeof schema>;

/** A variable is missing or wrong. The message names each one and says what was expected. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads the environment once, for all of the process: `broker` says what the broker needs. An empty variable counts as
 * unset. Throws {@link ConfigError}.
 */
export function readConfig<Broker>(
  broker: z.ZodType<Broker>,
  env: Record<string, string | undefined> = process.env,
): Config & Broker {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.and(broker).safeParse(set);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(
    `The environment is not complete:\n${lines.join('\n')}\n\`npm start\` sets all of these; README.md lists them.`,
  );
}

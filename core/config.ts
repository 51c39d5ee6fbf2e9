import { isIP } from 'node:net';
import { availableParallelism, hostname } from 'node:os';
import { z } from 'zod';
import { HANDLE } from '#core/accounts/accounts.ts';
import { CHUNK_SIZE } from '#core/chunk-size.ts';
import { ledgerVariable } from '#core/postgres-url.ts';
import { type Env, readSecretFiles } from '#core/secret-files.ts';
import { storeVariable } from '#core/store-url.ts';
import { SLOTS } from '#core/timelines/shard-tags.ts';
import { type TracingConfig, tracingVariables } from '#core/tracing/variables.ts';
import { describeUrl } from '#core/url-variable.ts';

const count = (from: number, to: number) =>
  z.string().transform((text, context) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= from && value <= to) return value;
    context.addIssue(`Expected a whole number from ${from} to ${to}`);
    return z.NEVER;
  });
const seconds = (from: number, to: number) =>
  z.string().transform((text, context) => {
    const value = Number(text);
    if (value >= from && value <= to) return value;
    context.addIssue(`Expected a number of seconds from ${from} to ${to}`);
    return z.NEVER;
  });
const text = (from: number, to: number) => {
  const error = `Expected ${from} to ${to} characters`;
  return z.string({ error }).min(from, { error }).max(to, { error });
};
const listed = (names: string): string[] =>
  names
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
const UNITS = { mb: 2 ** 20, gb: 2 ** 30 };
/** `512mb` or `4gb`, as Redis writes it; in bytes. */
const memory = z.string().transform((text, context) => {
  const [, digits, unit] = /^(\d{1,6})(mb|gb)$/i.exec(text) ?? [];
  const bytes = Number(digits) * (unit?.toLowerCase() === 'gb' ? UNITS.gb : UNITS.mb);
  if (bytes >= LEAST_MEMORY) return bytes;
  context.addIssue('Expected an amount of memory such as 512mb or 4gb, at least 64mb');
  return z.NEVER;
});
const handles = z.string().transform((text, context) => {
  const found = [...new Set(listed(text))];
  const wrong = found.find((handle) => !HANDLE.test(handle));
  if (wrong === undefined) return found;
  context.addIssue('Expected handles of accounts, 3 to 15 of a-z, 0-9 and _ each, separated by commas');
  return z.NEVER;
});
/** An IP address or a network. */
const isAddress = (text: string): boolean => {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
};
const addresses = z.string().transform((text, context) => {
  const found = listed(text);
  if (found.every(isAddress)) return found;
  context.addIssue(
    'Expected IP addresses or networks such as 192.168.1.7 and 10.0.0.0/8, separated by commas',
  );
  return z.NEVER;
});

/** Entries that a home timeline keeps, unless told otherwise. */
export const TIMELINE_CAP = 800;

const LEAST_MEMORY = 64 * UNITS.mb;

/** Every variable that this code reads beside the broker's own, with its default. docs/settings.md lists them. */
const schema = z.object({
  DATABASE_URL: ledgerVariable,
  TIMELINE_REDIS_URL: storeVariable,
  /** Signs the session cookie. */
  SESSION_SECRET: text(16, 10_000),
  /** The first port that `npm start` tries; a web process is told its own. */
  PORT: count(1, 65_535).default(3_000),
  /** Shown on the delivery page; unique among the workers that run at once. */
  WORKER_NAME: text(1, 60).default(`${hostname()}-${process.pid}`),
  /** The longest that an admitted delivery may wait, in seconds: with the measured rate it bounds the backlog. */
  MAX_WAIT_S: count(1, 3_600).default(10),
  /** Bounds the backlog to this many deliveries instead, whatever the rate is. */
  MAX_BACKLOG: count(1, 1_000_000_000).optional(),
  /** A tweet whose fan-out would hold the stores for longer than this, in seconds, is pulled. Without it, none is. */
  PULL_ABOVE_S: seconds(0.01, 86_400).optional(),
  /** Tweets that one account may post within 60 s. */
  POSTS_PER_MINUTE: count(1, 1_000_000).default(60),
  /** What else one account may have or do, see core/admission/quotas.ts. */
  FOLLOWS_PER_MINUTE: count(1, 10_000).default(60),
  MAX_SCHEDULED_TWEETS: count(1, 100_000).default(1_000),
  MAX_SCHEDULES: count(1, 10_000).default(20),
  MAX_ARCHIVES: count(1, 10_000).default(5),
  ARCHIVES_PER_DAY: count(1, 10_000).default(20),
  SUGGESTIONS_PER_HOUR: count(1, 10_000).default(60),
  /** Audits that one account may ask one web process for within 60 s, and an address for twice as many. */
  AUDITS_PER_MINUTE: count(1, 1_000_000).default(30),
  /** Calls that one account, or a network without a token, may make within a minute by other clients. */
  CLIENT_CALLS_PER_MINUTE: count(1, 100_000_000).default(600),
  /** Apps that one network may register within an hour. */
  APPS_PER_HOUR: count(1, 1_000_000).default(60),
  /** Calls of the HTTP interface that one web process answers at once, streams aside. */
  MAX_REQUESTS: count(1, 100_000).default(200),
  /** Event streams that one web process carries at once. */
  MAX_STREAMS: count(1, 100_000).default(500),
  /** Of these, those of one address: about twelve people at one connection to the internet. */
  STREAMS_PER_ADDRESS: count(1, 100_000).default(50),
  /** Pages that one network gets in a second while others ask too. */
  PAGES_PER_SECOND: count(1, 1_000).default(2),
  /** And those of one session: a browser holds at most five at once, and as many may just be closing. */
  STREAMS_PER_SESSION: count(1, 100_000).default(12),
  /** Of the streams of apps of others, those of one account: a few devices with a few clients each. */
  STREAMS_PER_ACCOUNT: count(1, 100_000).default(24),
  /** And those of one access token: a client opens one for each of its columns. */
  STREAMS_PER_TOKEN: count(1, 100_000).default(8),
  /** Kilobytes of events that may wait for the reader of one stream before it is cut off. */
  STREAM_BUFFER_KB: count(64, 65_536).default(512),
  /** Megabytes that one web process keeps of home timelines and of their tweets. */
  HOME_CACHE_MB: count(1, 16_384).default(64),
  /** Lets a program see figures and failures as an operator does: `Authorization: Bearer`. */
  METRICS_TOKEN: text(16, 10_000).optional(),
  /** How processes log: lines for people, or one JSON object an event. */
  LOG_FORMAT: z.enum(['text', 'json'], { error: 'Expected text or json' }).default('text'),
  /** Where a worker tells its figures to Prometheus; without it nowhere. A web process tells them at /metrics. */
  METRICS_PORT: count(1, 65_535).optional(),
  /** Names by which this server may be called, beside localhost and IP addresses; comma-separated, without ports. */
  ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform((names) => listed(names.toLowerCase())),
  /** Handles of the accounts that may do what concerns everybody; a comma alone is nobody. See accounts/operators.ts. */
  OPERATORS: handles.default([]),
  /** Whether pages may break the system on purpose; `npm start` says so to its processes. */
  LAB: z
    .enum(['0', '1'], { error: 'Expected 0 or 1' })
    .default('0')
    .transform((text) => text === '1'),
  /** Addresses, or networks such as 10.0.0.0/8, of machines that may use the lab beside this one. */
  LAB_HOSTS: addresses.default([]),
  /** Proxies of our own in front of the web process: whose X-Forwarded-* headers are believed. */
  TRUST_PROXY: count(0, 10).default(0),
  /** Seconds in which a web process that is to end still serves, while /readyz says that it leaves; see api/drain.ts. */
  LEAVE_S: count(0, 300).default(2),
  /** Followers a chunk: one Lua call. */
  CHUNK_SIZE: count(1, 5_000).default(CHUNK_SIZE),
  /** Delivery messages, of up to four chunks each, that one worker works on at once. */
  DELIVERY_CONCURRENCY: count(1, 64).default(2),
  /** Chunks that one worker pushes at once to the masters of a cluster; half of its machine's cores, which may be theirs too. */
  PUSH_CONCURRENCY: count(1, 64).default(Math.max(1, Math.floor(availableParallelism() / 2))),
  /** Small fan-outs that one worker works on at once, beside the chunks. */
  FAN_OUT_CONCURRENCY: count(1, 64).default(8),
  /** Tasks that one worker runs at once. */
  TASK_CONCURRENCY: count(1, 256).default(4),
  /** Tasks of high priority that one worker runs at once, beside the others. */
  URGENT_CONCURRENCY: count(1, 256).default(4),
  /** Days for which the chunks of a fan-out are kept after its end: so long it can be audited. */
  CHUNK_DAYS: count(1, 36_500).default(7),
  /** Days for which a fan-out is kept after its end; no fewer than an idempotency key that leads to it. */
  FAN_OUT_DAYS: count(30, 36_500).default(30),
  /** What the embedded timeline store may take; without, half of the machine's memory. */
  TIMELINE_MEMORY: memory.optional(),
  /** Entries a home timeline keeps. */
  TIMELINE_CAP: count(10, 5_000).default(TIMELINE_CAP),
  /** The shards that the timelines are expected to lie in; without it, any number. See timelines/require-shards.ts. */
  TIMELINE_SHARDS: count(1, SLOTS).optional(),
});

export type Config = z.infer<typeof schema> & TracingConfig;

/** A variable is missing or wrong, or names what cannot be used. The message names each one and says what was expected. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Exit code of a process that a {@link ConfigError} ended: started again, it would end again. EX_CONFIG of sysexits.h. */
export const WRONG_CONFIG = 78;

/**
 * Reads the environment once, for all of the process: `broker` says what the broker needs. An empty variable counts as
 * unset, and a secret may be given as a file. Throws {@link ConfigError}.
 */
export const readConfig = <Broker>(broker: z.ZodType<Broker>, env: Env = process.env): Config & Broker =>
  parse(schema.and(tracingVariables).and(broker), env);

const migration = schema
  .pick({ DATABASE_URL: true, TIMELINE_REDIS_URL: true })
  .partial({ TIMELINE_REDIS_URL: true });

/** Reads what a migration needs: it must run without the other variables. Throws {@link ConfigError}. */
export const readStores = (env: Env = process.env): z.infer<typeof migration> => parse(migration, env);

function parse<T>(wanted: z.ZodType<T>, env: Env): T {
  const given = readSecretFiles(env);
  const set = Object.fromEntries(Object.entries(given.env).filter(([, value]) => value !== ''));
  const result = wanted.safeParse(set);
  const problems = given.problems.map(({ name, text }) => `  ${name}: ${text}`);
  if (result.success && problems.length === 0) return result.data;
  const lines = (result.error?.issues ?? []).map((issue) => {
    const name = issue.path.join('.');
    const told = issue.code === 'custom' ? issue.params?.got : undefined;
    return `  ${name}: ${issue.message}, got ${told ?? shown(name, set[name])}`;
  });
  throw new ConfigError(
    `Variables are missing or wrong:\n${[...problems, ...lines].join('\n')}\ndocs/settings.md lists all of them; \`npm start\` makes the URLs and the secret itself.`,
  );
}

/** Never a URL or a secret: also in one that is mistyped there is a password, and nobody can say where. */
function shown(name: string, value: string | undefined): string {
  if (value === undefined) return 'none';
  if (/_(SECRET|TOKEN)$/.test(name)) return `${value.length}`;
  if (!/_(URL|ENDPOINT)$/.test(name)) return JSON.stringify(value);
  return describeUrl(value);
}

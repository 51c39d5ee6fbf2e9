import { parseArgs } from 'node:util';
import { BROKERS, type BrokerName } from '#broker/variables.ts';
import { StartError } from '#dev/start-error.ts';
import { mapValues } from '#lab/harness/map-values.ts';

type Kind = { expected: string; isRight(value: number): boolean };

const count: Kind = {
  expected: 'a whole number above 0, such as 300e6',
  isRight: (n) => Number.isInteger(n) && n > 0,
};
const from0: Kind = { expected: 'a whole number, 0 or more', isRight: (n) => Number.isInteger(n) && n >= 0 };
const amount: Kind = { expected: 'a number, 0 or more', isRight: (n) => n >= 0 && Number.isFinite(n) };
const share: Kind = { expected: 'a share from 0 to 1', isRight: (n) => n >= 0 && n <= 1 };
const above0: Kind = { expected: 'a share above 0 and below 1', isRight: (n) => n > 0 && n < 1 };
const times: Kind = { expected: 'a number from 1 to 50', isRight: (n) => n >= 1 && n <= 50 };

/** The numbers that the command line may change, with what they mean. */
const NUMBERS = {
  dau: { kind: count, byDefault: 300e6, means: 'people who read home on a day' },
  'tweets-per-day': { kind: count, byDefault: 500e6, means: 'tweets' },
  followers: { kind: count, byDefault: 200, means: 'followers of a tweet, on average' },
  peak: { kind: times, byDefault: 2, means: 'the busiest moment of a day over its mean' },
  spike: { kind: from0, byDefault: 143_199, means: 'tweets of one second, once a day' },
  'reads-per-user': {
    kind: amount,
    byDefault: 172.8,
    means: 'pages of home that one of them reads on a day',
  },
  online: { kind: share, byDefault: 0.05, means: 'of them, those who have home open at the busiest moment' },
  remembered: { kind: share, byDefault: 0, means: 'of all pages, those that their web process remembers' },
  streams: { kind: count, byDefault: 500, means: 'streams that a web process carries (MAX_STREAMS)' },
  'large-share': {
    kind: share,
    byDefault: 0.5,
    means: 'of all deliveries, those of tweets to more than a chunk',
  },
  'large-followers': { kind: count, byDefault: 100_000, means: 'followers of such a tweet' },
  largest: { kind: count, byDefault: 100e6, means: 'followers of the largest account' },
  busy: { kind: above0, byDefault: 0.6, means: 'of each part, what may be in use at the busiest moment' },
  replicas: { kind: from0, byDefault: 1, means: 'replicas of each store and each ledger' },
  'ledger-cores': { kind: count, byDefault: 64, means: 'cores of the largest machine for a ledger' },
  'ledger-connections': { kind: count, byDefault: 1_000, means: 'connections that a PostgreSQL carries' },
  'machine-cores': { kind: count, byDefault: 2, means: 'cores of one machine' },
  'machine-gb': { kind: count, byDefault: 8, means: 'GB of memory of one machine' },
  'machine-price': { kind: amount, byDefault: 0.0816, means: 'price of one machine for an hour' },
  'disk-price': { kind: amount, byDefault: 0.08, means: 'price of a GB of disk for a month' },
  'out-price': { kind: amount, byDefault: 0.09, means: 'price of a GB that leaves the data centre' },
  'sqs-price': { kind: amount, byDefault: 0.4, means: 'price of a million requests to SQS' },
  seed: { kind: from0, byDefault: 1, means: 'seed of what --simulate draws' },
} as const;

export type NumberName = keyof typeof NUMBERS;

export type Options = Record<NumberName, number> & {
  broker: BrokerName;
  simulate: boolean;
  measure: boolean;
  json: boolean;
};

/** Reads the command line. Throws a {@link StartError} that names every option that is wrong, with what was expected. */
export function readOptions(args: string[]): Options {
  const given = parse(args);
  const wrong: string[] = [];
  const numbers = mapValues(NUMBERS, ({ kind, byDefault }, name) => {
    const text = given[name];
    if (text === undefined) return byDefault;
    const value = String(text).trim() === '' ? Number.NaN : Number(text);
    if (kind.isRight(value)) return value;
    wrong.push(`--${name}: expected ${kind.expected}, got ${text}`);
    return byDefault;
  });
  const broker = BROKERS.find((name) => name === (given.broker ?? 'bullmq'));
  if (!broker) wrong.push(`--broker: expected ${BROKERS.join(', ')}, got ${given.broker}`);
  if (wrong.length > 0 || !broker)
    throw new StartError(wrong.join('\n'), 'Leave an option out for its default.');
  const flags = mapValues(FLAGS, (_, name) => given[name] === true);
  return { ...numbers, ...flags, broker };
}

const FLAGS = { simulate: false, measure: false, json: false };

function parse(args: string[]) {
  const options = {
    ...mapValues(NUMBERS, () => ({ type: 'string' }) as const),
    ...mapValues(FLAGS, () => ({ type: 'boolean' }) as const),
    broker: { type: 'string' } as const,
  };
  try {
    return parseArgs({ args, options }).values;
  } catch (cause) {
    throw new StartError(cause instanceof Error ? cause.message : String(cause), helpText(), { cause });
  }
}

/** All options, with what they mean and their defaults. */
export function helpText(): string {
  const numbers = Object.entries(NUMBERS).map(
    ([name, { means, byDefault }]) =>
      `  ${`--${name} N`.padEnd(24)}${means} (${byDefault.toLocaleString('en')})`,
  );
  const words = [
    `  --broker NAME           ${BROKERS.join(', ')}`,
    '  --simulate              plays a day',
    '  --measure               measures anew here what it can within a minute',
    '  --json                  prints one JSON object as the last line',
  ];
  return ['Expected:', ...numbers, ...words].join('\n');
}

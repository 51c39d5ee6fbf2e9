import { BROKERS, type BrokerName } from '#broker/variables.ts';
import { keepRunning, type Supervised } from './keep-running.ts';
import type { Log } from './log.ts';
import { requireRabbitmq, startRabbitmq } from './rabbitmq.ts';
import type { Server } from './server.ts';
import { requireSqs, SQS_QUIET, SQS_VISITOR, startSqs } from './sqs.ts';
import { StartError } from './start-error.ts';

export type BrokerOptions = {
  dataDir: string;
  /** Names the broker, and its server if one runs already. */
  env: NodeJS.ProcessEnv;
  log: Log;
};

/** The broker of one application, with the server that was started for it, if any. */
export type StartedBroker = {
  name: BrokerName;
  /** For web and workers: which broker, and where it is. */
  variables: Record<string, string>;
  /** The server that was started here, for benches and faults. */
  server: Supervised | undefined;
  /** May be called twice. */
  stop(deadlineMs?: number): Promise<void>;
};

/** The broker that BROKER names. Throws {@link StartError}. */
export function brokerNameIn({ BROKER }: Record<string, string | undefined>): BrokerName {
  const name = BROKERS.find((each) => each === (BROKER || 'bullmq'));
  if (name) return name;
  throw new StartError(
    `BROKER: expected ${BROKERS.join(', ')}, got ${BROKER}`,
    'Leave it out for bullmq, or: npm start -- --broker rabbitmq',
  );
}

/**
 * Uses the server that the environment names. Without one it starts a server, and starts it again when it dies. BullMQ
 * uses the Redis of the queue, which runs already: see servers.ts.
 */
export async function startBroker(options: BrokerOptions): Promise<StartedBroker> {
  const name = brokerNameIn(options.env);
  switch (name) {
    case 'bullmq':
      return { name, variables: { BROKER: name }, ...NOT_STARTED };
    case 'rabbitmq':
      return rabbitmq(options);
    case 'sqs':
      return sqs(options);
  }
}

/** Throws {@link StartError}, which says what to install, when this broker's server is not installed here. */
export function requireBrokerServer(broker: string): void {
  if (broker === 'rabbitmq') requireRabbitmq();
  if (broker === 'sqs') requireSqs();
}

const NOT_STARTED = { server: undefined, stop: async () => {} };

async function rabbitmq({ dataDir, env, log }: BrokerOptions): Promise<StartedBroker> {
  const name = 'rabbitmq';
  const variables = (url: string) => ({ BROKER: name, RABBITMQ_URL: url });
  if (env.RABBITMQ_URL) return { name, variables: variables(env.RABBITMQ_URL), ...NOT_STARTED };
  const { url, ...supervised } = await supervise((port) => startRabbitmq({ dataDir, port }), log);
  return { name, variables: variables(url), ...supervised };
}

async function sqs({ dataDir, env, log }: BrokerOptions): Promise<StartedBroker> {
  const name = 'sqs';
  const variables = { BROKER: name, ...SQS_QUIET };
  if (env.SQS_ENDPOINT) {
    const given = { SQS_ENDPOINT: env.SQS_ENDPOINT, ...visitorOf(env) };
    return { name, variables: { ...variables, ...given }, ...NOT_STARTED };
  }
  if (isAtAmazon(env)) {
    log(`SQS is Amazon's, in ${env.AWS_REGION ?? 'no region yet: set AWS_REGION'}`);
    return { name, variables, ...NOT_STARTED };
  }
  log('SQS is fauxqs, a stand-in for Amazon’s: its messages end with its process');
  const { url, ...supervised } = await supervise((port) => startSqs({ dataDir, port }), log);
  return { name, variables: { ...variables, ...SQS_VISITOR, SQS_ENDPOINT: url }, ...supervised };
}

/** True when there are credentials for Amazon's own SQS; a region has to come with them. */
export const isAtAmazon = ({ AWS_ACCESS_KEY_ID, AWS_PROFILE }: NodeJS.ProcessEnv) =>
  Boolean(AWS_ACCESS_KEY_ID || AWS_PROFILE);

/** A stand-in wants some region and some key; it checks neither. */
function visitorOf(env: NodeJS.ProcessEnv): Record<string, string> {
  if (isAtAmazon(env)) return {};
  return { ...SQS_VISITOR, AWS_REGION: env.AWS_REGION || SQS_VISITOR.AWS_REGION };
}

async function supervise(start: (port?: number) => Promise<Server>, log: Log) {
  const first = await start();
  const server = keepRunning(first, () => start(first.port), log);
  return { url: first.url, server, stop: (deadlineMs = 10_000) => server.stop(deadlineMs) };
}

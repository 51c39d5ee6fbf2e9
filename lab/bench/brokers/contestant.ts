import type { BrokerName } from '#broker/variables.ts';
import { startBroker } from '#dev/broker.ts';
import { installRabbitmq } from '#dev/rabbitmq.ts';
import type { Servers } from '#dev/servers.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { type Connections, connect, variablesOf } from '#lab/stage/connect.ts';

/** One broker of the bench. It shares Postgres and the timelines with the others, and has a server of its own. */
export type Contestant = Connections & {
  name: BrokerName;
  /** The process of its server. */
  pid: number;
  /** Closes its connections and stops its server, so that the next one has the machine to itself. */
  leave(): Promise<void>;
};

export const TITLES: Record<BrokerName, string> = {
  bullmq: 'BullMQ on Redis',
  rabbitmq: 'RabbitMQ',
  sqs: 'SQS (fauxqs)',
};

/** Starts a broker's server, as `npm start -- --broker` does, and connects to it. */
export async function enter(
  name: BrokerName,
  servers: Servers,
  { dataDir, env, log, onEnd }: Omit<Run, 'sizes'>,
): Promise<Contestant> {
  if (name === 'rabbitmq') installRabbitmq();
  const cleanup = new Cleanup();
  onEnd(cleanup.run);
  const broker = await startBroker({ dataDir, env: { ...withoutServers(env), BROKER: name }, log });
  cleanup.add(() => broker.stop());
  // The SDK for SQS reads its credentials from the environment.
  Object.assign(process.env, broker.variables);
  const variables = { ...variablesOf(servers), ...broker.variables };
  const connections = connect(variables, { env, onEnd: cleanup.add });
  const server = broker.server ?? servers.started.find((each) => each.name === 'queue');
  if (!server) throw new Error(`Expected a server of ${name}, found none`);
  return { ...connections, name, pid: server.pid(), leave: cleanup.run };
}

// The bench kills and fills servers. So it never uses those that the environment names.
function withoutServers(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { RABBITMQ_URL, SQS_ENDPOINT, AWS_ACCESS_KEY_ID, AWS_PROFILE, ...rest } = env;
  return rest;
}

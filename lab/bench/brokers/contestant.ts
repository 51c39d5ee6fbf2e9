import type { BrokerName } from '#broker/variables.ts';
import { startBroker } from '#dev/broker.ts';
import { installRabbitmq } from '#dev/rabbitmq.ts';
import type { Servers } from '#dev/servers.ts';
import type { Run } from '#lab/run/run-bench.ts';
import { type Connections, connect } from '#lab/stage/connect.ts';

/** One broker on the servers of the bench: what the others have too, and a server of its own. */
export type Contestant = Connections & {
  name: BrokerName;
  /** Of its server. */
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
  run: Omit<Run, 'sizes'>,
): Promise<Contestant> {
  if (name === 'rabbitmq') installRabbitmq();
  const { dataDir, log } = run;
  const broker = await startBroker({ dataDir, env: { ...withoutServers(run.env), BROKER: name }, log });
  const undos = [() => broker.stop()];
  run.onEnd(() => broker.stop());
  // The SDK of one of them looks for its credentials in the environment itself.
  Object.assign(process.env, broker.variables);
  const env = { ...run.env, ...broker.variables };
  const connections = connect(servers, { env, onEnd: (undo) => undos.push(async () => undo()) });
  const server = broker.server ?? servers.started.find((each) => each.name === 'queue');
  if (!server) throw new Error(`Expected a server of ${name}, found none`);
  const leave = async () => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
  };
  return { ...connections, name, pid: server.pid(), leave };
}

// The bench kills and fills: never somebody's own servers.
function withoutServers(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { RABBITMQ_URL, SQS_ENDPOINT, AWS_ACCESS_KEY_ID, AWS_PROFILE, ...rest } = env;
  return rest;
}

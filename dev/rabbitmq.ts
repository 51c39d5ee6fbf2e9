import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installCommand, installDebian } from './debian-packages.ts';
import { writePrivate } from './passwords.ts';
import { pidFileOf, stopLeftover } from './pid-file.ts';
import { ask, freePort } from './ports.ts';
import { type Running, startProgram } from './program.ts';
import { onFreePort, type Server, untilReady } from './server.ts';
import { StartError } from './start-error.ts';

/** The server's own script. The one on the PATH changes the user and writes below /var. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const CONTROL = '/usr/lib/rabbitmq/bin/rabbitmqctl';
/** The data folder of a server that is not in a cluster. */
const ALONE = 'rabbitmq';
const PACKAGES = ['rabbitmq-server'];

export type RabbitmqOptions = {
  /** Its data are in `<dataDir>/rabbitmq`, or in a folder of the node’s name. Logs and pid files lie beside it. */
  dataDir: string;
  /** Chosen when missing. */
  port?: number | undefined;
  /** Makes it a node of a cluster. When missing, it stands alone, with a port mapper of its own. */
  cluster?: RabbitmqCluster;
  /** The megabytes at which it takes no more messages, its high watermark; 60 % of the machine's memory when missing. */
  memoryMb?: number | undefined;
};

/** What the nodes of a cluster share, and which of them one is. */
export type RabbitmqCluster = {
  /** Its own name, and those of all. */
  name: string;
  names: string[];
  /** The secret by which nodes know each other. */
  cookie: string;
  /** The port of the port mapper that all of them use: see {@link startPortMapper}. */
  mapperPort: number;
};

/**
 * Starts RabbitMQ on 127.0.0.1, after stopping the one that a killed supervisor left on the same folder. Throws
 * {@link StartError} where it is not installed; see {@link installRabbitmq}.
 */
export async function startRabbitmq(options: RabbitmqOptions): Promise<Server> {
  requireRabbitmq();
  const programs = options.cluster ? [options.cluster.name] : [ALONE, 'epmd'];
  for (const name of programs) await stopLeftover(pidFileOf(options.dataDir, name));
  const start = (on: number) => startOn(on, options);
  return options.port ? start(options.port) : onFreePort(start);
}

/** Throws {@link StartError} where it is not installed. */
export function requireRabbitmq(): void {
  if (!existsSync(SERVER)) throw notInstalled();
}

/** Installs Debian's package where this user may; throws {@link StartError} elsewhere. For tests and benches only. */
export function installRabbitmq(): void {
  if (!existsSync(SERVER) && !installDebian(PACKAGES)) throw notInstalled();
}

function notInstalled(): StartError {
  return new StartError(
    `RabbitMQ is not installed: there is no ${SERVER}.`,
    `Install Debian's package, \`${installCommand(PACKAGES)}\` as root, or name a server that runs already: RABBITMQ_URL=amqp://…`,
  );
}

async function startOn(port: number, { dataDir, cluster, memoryMb }: RabbitmqOptions): Promise<Server> {
  const program = cluster?.name ?? ALONE;
  const home = join(dataDir, program);
  writeSettings(home, {
    ...ownSettings(port),
    ...peersOf(cluster),
    ...(memoryMb && { 'vm_memory_high_watermark.absolute': `${memoryMb}MiB` }),
  });
  if (cluster) writePrivate(join(home, '.erlang.cookie'), cluster.cookie);
  const mapper = cluster ? undefined : await startPortMapper(dataDir);
  const logFile = join(dataDir, `${program}.log`);
  const running = startProgram({
    name: program,
    command: SERVER,
    args: [],
    cwd: home,
    env: await environmentOf(home, {
      // RabbitMQ keeps its data under this name. With a port mapper of its own, no other node can have the same name.
      name: cluster?.name ?? 'tweet-fanout',
      port,
      mapperPort: cluster?.mapperPort ?? mapper?.port,
    }),
    output: { file: logFile },
    pidFile: pidFileOf(dataDir, program),
  });
  void running.exited.then(() => mapper?.kill());
  await untilReady(running, () => greets(port), logFile);
  return { ...running, port, url: `amqp://guest:guest@127.0.0.1:${port}` };
}

/** Starts Erlang's port mapper in the foreground. If RabbitMQ started it, it would outlive RabbitMQ. */
export async function startPortMapper(dataDir: string): Promise<Running & { port: number }> {
  const port = await freePort();
  const running = startProgram({
    name: 'epmd',
    command: 'epmd',
    args: ['-port', `${port}`, '-address', '127.0.0.1'],
    cwd: dataDir,
    output: { file: join(dataDir, 'epmd.log') },
    pidFile: pidFileOf(dataDir, 'epmd'),
  });
  return { ...running, port };
}

/**
 * Resolves when the nodes of a cluster know that all of them run. Each greets before that, and a quorum queue that is declared
 * meanwhile is kept on fewer nodes for ever. Asks the node that these options name.
 */
export async function untilTogether(
  dataDir: string,
  { name, names, mapperPort }: RabbitmqCluster,
): Promise<void> {
  const home = join(dataDir, name);
  const env = {
    ...process.env,
    HOME: home,
    ERL_EPMD_PORT: `${mapperPort}`,
    RABBITMQ_CONF_ENV_FILE: join(home, 'env.conf'),
  };
  const asking = startProgram({
    ...{
      name: 'rabbitmqctl',
      command: CONTROL,
      cwd: home,
      env,
      output: { file: join(dataDir, 'rabbitmqctl.log') },
    },
    args: ['--node', `${name}@localhost`, 'await_online_nodes', `${names.length}`, '--timeout', '60'],
  });
  const { code } = await asking.exited;
  if (code !== 0)
    throw new Error(
      `RabbitMQ: expected ${names.length} nodes to find each other within 60 s, see rabbitmqctl.log in ${dataDir}`,
    );
}

const ownSettings = (port: number) => ({
  'listeners.tcp.1': `127.0.0.1:${port}`,
  'loopback_users.guest': 'true',
  'log.console': 'false',
});

/** Nodes that start for the first time find each other by this list; later each knows the others from its own data. */
function peersOf(cluster: RabbitmqCluster | undefined): Record<string, string> {
  if (!cluster) return {};
  const peers = cluster.names.map((name, n) => [
    `cluster_formation.classic_config.nodes.${n + 1}`,
    `${name}@localhost`,
  ]);
  return { 'cluster_formation.peer_discovery_backend': 'classic_config', ...Object.fromEntries(peers) };
}

function writeSettings(home: string, settings: Record<string, string>): void {
  for (const folder of ['mnesia', 'log', 'schema']) mkdirSync(join(home, folder), { recursive: true });
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(home, 'rabbitmq.conf'), lines.join(''));
  writeFileSync(join(home, 'enabled_plugins'), '[].\n');
  writeFileSync(join(home, 'env.conf'), '');
}

type Named = { name: string; port: number; mapperPort: number | undefined };

async function environmentOf(home: string, { name, port, mapperPort }: Named) {
  return {
    ...process.env,
    HOME: home,
    RABBITMQ_NODENAME: `${name}@localhost`,
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: `${await freePort()}`,
    RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(home, 'schema'),
    RABBITMQ_SCHEMA_DIR: join(home, 'schema'),
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_CONF_ENV_FILE: join(home, 'env.conf'),
    RABBITMQ_PID_FILE: join(home, 'rabbit.pid'),
    // It must not wait busily on a shared machine, and must listen on loopback alone.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_PORT: `${mapperPort}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
}

/** RabbitMQ listens before its queues have recovered, but it greets only after that. */
async function greets(port: number): Promise<void> {
  await ask(port, 'AMQP\0\0\x09\x01');
}

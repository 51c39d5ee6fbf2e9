import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pidFileOf, stopLeftover } from './pid-file.ts';
import { ask, freePort } from './ports.ts';
import { type Running, startProgram } from './program.ts';
import { onFreePort, type Server, untilReady } from './server.ts';
import { StartError } from './start-error.ts';

/** The script itself: the one on the PATH changes the user and writes below /var. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const INSTALL = ['install', '-y', '--no-install-recommends', 'rabbitmq-server'];

export type RabbitmqOptions = {
  /** Keeps its data in `<dataDir>/rabbitmq`, its logs and pid files beside it. */
  dataDir: string;
  /** Chosen when missing. */
  port?: number | undefined;
};

/**
 * Starts RabbitMQ on 127.0.0.1, after stopping the one that a killed supervisor left on the same folder. Throws
 * {@link StartError} where it is not installed; see {@link installRabbitmq}.
 */
export async function startRabbitmq({ dataDir, port }: RabbitmqOptions): Promise<Server> {
  requireRabbitmq();
  for (const name of ['rabbitmq', 'epmd']) await stopLeftover(pidFileOf(dataDir, name));
  const start = (on: number) => startOn(dataDir, on);
  return port ? start(port) : onFreePort(start);
}

/** Throws {@link StartError} where it is not installed. */
export function requireRabbitmq(): void {
  if (!existsSync(SERVER)) throw notInstalled();
}

/** Installs Debian's package where this user may; throws {@link StartError} elsewhere. For tests and benches only. */
export function installRabbitmq(): void {
  if (existsSync(SERVER)) return;
  const isDone = process.getuid?.() === 0 && (aptGet(INSTALL) || (aptGet(['update']) && aptGet(INSTALL)));
  if (!isDone) throw notInstalled();
}

function aptGet(args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { env, stdio: 'ignore' }).status === 0;
}

function notInstalled(): StartError {
  return new StartError(
    `RabbitMQ is not installed: there is no ${SERVER}.`,
    `Install Debian's package, \`apt-get ${INSTALL.join(' ')}\` as root, or name a server that runs already: RABBITMQ_URL=amqp://…`,
  );
}

async function startOn(dataDir: string, port: number): Promise<Server> {
  const home = join(dataDir, 'rabbitmq');
  writeSettings(home, port);
  const mapper = await startMapper(dataDir, home);
  const logFile = join(dataDir, 'rabbitmq.log');
  const running = startProgram({
    name: 'rabbitmq',
    command: SERVER,
    args: [],
    cwd: home,
    env: await environmentOf(home, { port, mapperPort: mapper.port }),
    output: { file: logFile },
    pidFile: pidFileOf(dataDir, 'rabbitmq'),
  });
  void running.exited.then(() => mapper.kill());
  await untilReady(running, () => greets(port), logFile);
  return { ...running, port, url: `amqp://guest:guest@127.0.0.1:${port}` };
}

/** Starts Erlang's port mapper in the foreground: one that RabbitMQ starts itself would outlive it. */
async function startMapper(dataDir: string, home: string): Promise<Running & { port: number }> {
  const port = await freePort();
  const running = startProgram({
    name: 'epmd',
    command: 'epmd',
    args: ['-port', `${port}`, '-address', '127.0.0.1'],
    cwd: home,
    output: { file: join(dataDir, 'epmd.log') },
    pidFile: pidFileOf(dataDir, 'epmd'),
  });
  return { ...running, port };
}

function writeSettings(home: string, port: number): void {
  for (const folder of ['mnesia', 'log', 'schema']) mkdirSync(join(home, folder), { recursive: true });
  const settings = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'loopback_users.guest = true',
    'log.console = false',
  ];
  writeFileSync(join(home, 'rabbitmq.conf'), `${settings.join('\n')}\n`);
  writeFileSync(join(home, 'enabled_plugins'), '[].\n');
  writeFileSync(join(home, 'env.conf'), '');
}

async function environmentOf(home: string, { port, mapperPort }: { port: number; mapperPort: number }) {
  return {
    ...process.env,
    HOME: home,
    // RabbitMQ keeps its data under this name. With a port mapper of its own, no other node can have the same name.
    RABBITMQ_NODENAME: 'tweet-fanout@localhost',
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
    // No busy waiting on a shared machine, and nothing but loopback.
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

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, freePort } from '#dev/ports.ts';
import { type Running, startProgram } from '#dev/program.ts';
import { untilReady } from '#dev/server.ts';
import { Unavailable } from './fixture.ts';

/** The script itself: the one on the PATH changes the user and writes below /var. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const INSTALL = ['install', '-y', '--no-install-recommends', 'rabbitmq-server'];

export type RabbitmqPlace = { dir: string; port: number; distributionPort: number; mapperPort: number };

/** Ports for one server, taken anew for every folder. */
export async function choosePlace(dir: string): Promise<RabbitmqPlace> {
  return { dir, port: await freePort(), distributionPort: await freePort(), mapperPort: await freePort() };
}

/** Starts Erlang's port mapper in the foreground: one that RabbitMQ starts itself would outlive it. */
export function startMapper({ dir, mapperPort }: RabbitmqPlace): Running {
  install();
  return startProgram({
    name: 'epmd',
    command: 'epmd',
    args: ['-port', `${mapperPort}`, '-address', '127.0.0.1'],
    cwd: dir,
    output: { file: join(dir, 'epmd.log') },
  });
}

/** Starts RabbitMQ on 127.0.0.1, beside its mapper, with all that it writes in its folder. Rejects with {@link Unavailable}. */
export async function startRabbitmq(place: RabbitmqPlace): Promise<Running> {
  install();
  for (const folder of ['mnesia', 'log', 'schema']) await mkdir(join(place.dir, folder), { recursive: true });
  await writeFile(join(place.dir, 'rabbitmq.conf'), configOf(place));
  await writeFile(join(place.dir, 'enabled_plugins'), '[].\n');
  await writeFile(join(place.dir, 'env.conf'), '');
  const logFile = join(place.dir, 'out.log');
  const running = startProgram({
    name: 'rabbitmq',
    command: SERVER,
    args: [],
    cwd: place.dir,
    env: environmentOf(place),
    output: { file: logFile },
  });
  await untilReady(running, () => greets(place.port), logFile);
  return running;
}

/** Installs Debian's package where this user may; elsewhere says what to do. */
function install(): void {
  if (existsSync(SERVER)) return;
  const isRoot = process.getuid?.() === 0;
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const done = isRoot && spawnSync('apt-get', INSTALL, { env: environment }).status === 0;
  if (!done) throw new Unavailable(`RabbitMQ is not installed: run \`apt-get ${INSTALL.join(' ')}\` as root`);
}

const configOf = ({ port }: RabbitmqPlace): string =>
  [`listeners.tcp.1 = 127.0.0.1:${port}`, 'loopback_users.guest = true', 'log.console = false', ''].join(
    '\n',
  );

function environmentOf({ dir, port, distributionPort, mapperPort }: RabbitmqPlace): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: dir,
    RABBITMQ_NODENAME: `conformance${port}@localhost`,
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: `${distributionPort}`,
    RABBITMQ_MNESIA_BASE: join(dir, 'mnesia'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(dir, 'schema'),
    RABBITMQ_SCHEMA_DIR: join(dir, 'schema'),
    RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
    RABBITMQ_CONF_ENV_FILE: join(dir, 'env.conf'),
    RABBITMQ_PID_FILE: join(dir, 'rabbit.pid'),
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

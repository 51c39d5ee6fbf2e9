import { newPassword } from '#dev/passwords.ts';
import { freePort } from '#dev/ports.ts';
import { requireRabbitmq, startPortMapper, startRabbitmq, untilTogether } from '#dev/rabbitmq.ts';
import type { Server } from '#dev/server.ts';

const NAMES: [string, ...string[]] = ['rabbitmq-1', 'rabbitmq-2', 'rabbitmq-3'];

/** Three nodes of one cluster. Each can be started, and started again on its own port after a kill. */
export type PreparedNodes = {
  launches: ((port?: number) => Promise<Server>)[];
  /** Resolves when all of them run and know it. */
  together(): Promise<void>;
  /** Ends what the nodes share. Call it when they have ended. */
  close(): Promise<void>;
};

/** Starts what three nodes of RabbitMQ share. Throws a StartError where there is no RabbitMQ. */
export async function prepareNodes(dataDir: string): Promise<PreparedNodes> {
  requireRabbitmq();
  const cookie = newPassword();
  const mapper = await startPortMapper(dataDir);
  const clusterOf = (name: string) => ({ name, names: NAMES, cookie, mapperPort: mapper.port });
  const launches = NAMES.map(
    (name) => async (port?: number) =>
      startRabbitmq({ dataDir, port: port ?? (await freePort()), cluster: clusterOf(name) }),
  );
  const together = () => untilTogether(dataDir, clusterOf(NAMES[0]));
  return { launches, together, close: async () => void (await mapper.stop(0)) };
}

/** Three nodes that run. */
export type RabbitmqNodes = {
  urls: string[];
  /** Kills a node by SIGKILL: it flushes nothing and tells nobody. */
  kill(node: number): Promise<void>;
  /** Starts a node again where it was, with its data. Resolves when it answers. */
  start(node: number): Promise<void>;
  /** Ends all of them. May be called twice. */
  stop(): Promise<void>;
};

/** Starts them on free ports of 127.0.0.1, in about 10 s on two cores. */
export async function startRabbitmqNodes(dataDir: string): Promise<RabbitmqNodes> {
  const { launches, together, close } = await prepareNodes(dataDir);
  const running: Server[] = [];
  const start = async (node: number) => {
    const server = await launches[node]?.(running[node]?.port);
    if (server) running[node] = server;
  };
  const stop = async () => {
    await Promise.all(running.map((node) => node.stop(0)));
    await close();
  };
  const started = await Promise.allSettled(launches.map((_, node) => start(node)));
  const failed = started.find((each) => each.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  await together();
  const kill = async (node: number) => {
    running[node]?.kill();
    await running[node]?.exited;
  };
  return { urls: running.map(({ url }) => url), kill, start, stop };
}

import { newPassword } from '#dev/passwords.ts';
import { freePort } from '#dev/ports.ts';
import { requireRabbitmq, startPortMapper, startRabbitmq } from '#dev/rabbitmq.ts';
import type { Server } from '#dev/server.ts';

const NAMES = ['rabbitmq-1', 'rabbitmq-2', 'rabbitmq-3'];

/** Three nodes of RabbitMQ that make one cluster, each a process that can be killed and started again. */
export type RabbitmqNodes = {
  /** Of all of them, as RABBITMQ_URL takes it. */
  url: string;
  /** Of each, in the same order. */
  urls: string[];
  /** SIGKILL: nothing is flushed, nobody is told. */
  kill(node: number): Promise<void>;
  /** Starts it again where it was, with its data; resolves when it answers. */
  start(node: number): Promise<void>;
  /** Ends all of them. May be called twice. */
  stop(): Promise<void>;
};

/** Starts them on free ports of 127.0.0.1, in about 10 s on two cores. Throws a StartError where there is no RabbitMQ. */
export async function startRabbitmqNodes(dataDir: string): Promise<RabbitmqNodes> {
  requireRabbitmq();
  const cookie = newPassword();
  const mapper = await startPortMapper(dataDir);
  const ports = await Promise.all(NAMES.map(() => freePort()));
  const running: Server[] = [];
  const stop = async () => {
    // All at once: a node that stops in turn looks for another that takes over.
    await Promise.all(running.map((node) => node.stop(0)));
    await mapper.stop(0);
  };
  const start = async (node: number) => {
    const name = NAMES[node] ?? '';
    const cluster = { name, names: NAMES, cookie, mapperPort: mapper.port };
    running[node] = await startRabbitmq({ dataDir, port: ports[node], cluster });
  };
  try {
    await Promise.all(NAMES.map((_, node) => start(node)));
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = running.map(({ url }) => url);
  const kill = async (node: number) => {
    running[node]?.kill();
    await running[node]?.exited;
  };
  return { url: urls.join(','), urls, kill, start, stop };
}

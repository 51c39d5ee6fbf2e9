import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask, freePort, until } from '#dev/ports.ts';
import { type Running, startProgram } from '#dev/program.ts';
import { redisBinary } from '#dev/redis-binary.ts';

/** A node of a real Redis Cluster. */
export type ClusterNode = {
  port: number;
  /** On which the nodes speak with each other. */
  busPort: number;
  /** Of this node alone. */
  url: string;
  /** Of its process. */
  pid(): number;
  /** Sends one command, and returns the answer as it comes. */
  tell(command: string): Promise<string>;
  /** Kills it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on its port. It is empty: it keeps its place in the cluster, and no data. */
  restart(): Promise<void>;
};

export type TestCluster = {
  url: string;
  nodes: ClusterNode[];
  stop(): Promise<void>;
};

/** Starts a node with cluster mode on, alone and without slots. To its clients it looks like any node of a Cluster. */
export async function startClusterNode(dir: string): Promise<ClusterNode & { stop(): Promise<void> }> {
  // By default the second is 10,000 above the first, which may be beyond the last port.
  const [port, busPort] = [await freePort(), await freePort()];
  const folder = join(dir, `node-${port}`);
  mkdirSync(folder, { recursive: true });
  const start = async () => {
    const node = startNode(folder, { port, 'cluster-port': busPort });
    await until(() => ask(port, 'PING\r\n'), 10_000);
    return node;
  };
  let running = await start();
  return {
    ...{ port, busPort },
    url: `redis://127.0.0.1:${port}/0`,
    pid: () => running.pid,
    tell: (command) => ask(port, `${command}\r\n`),
    kill: async () => {
      running.kill();
      await running.exited;
    },
    restart: async () => {
      running = await start();
    },
    stop: async () => void (await running.stop(2_000)),
  };
}

/** How long the others wait for a node before they take the cluster for broken. */
const NODE_TIMEOUT = 1_000; // ms

function startNode(dir: string, ports: Record<string, number>): Running {
  return startProgram({
    name: 'cluster node',
    command: redisBinary(process.env),
    args: Object.entries({
      ...ports,
      ...{ 'cluster-enabled': 'yes', 'cluster-node-timeout': NODE_TIMEOUT, bind: '127.0.0.1', dir, save: '' },
      'maxmemory-policy': 'noeviction',
    }).flatMap(([name, value]) => [`--${name}`, String(value)]),
    output: { file: join(dir, 'node.log') },
  });
}

const SLOTS = 16_384;

/** Starts a cluster of so many masters, which share the slots evenly. Three take less than a second. */
export async function startCluster(dir: string, masters = 3): Promise<TestCluster> {
  const nodes = await Promise.all(Array.from({ length: masters }, () => startClusterNode(dir)));
  const [first] = nodes;
  for (const [n, node] of nodes.entries()) {
    const [from, to] = [n, n + 1].map((at) => Math.floor((at * SLOTS) / masters)) as [number, number];
    await node.tell(`CLUSTER ADDSLOTSRANGE ${from} ${to - 1}`);
    await node.tell(`CLUSTER SET-CONFIG-EPOCH ${n + 1}`);
    if (first && node !== first) await node.tell(`CLUSTER MEET 127.0.0.1 ${first.port} ${first.busPort}`);
  }
  await Promise.all(nodes.map((node) => until(() => isWhole(node), 20_000)));
  return {
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

async function isWhole(node: ClusterNode): Promise<void> {
  const info = await node.tell('CLUSTER INFO');
  if (!info.includes('cluster_state:ok')) throw new Error('Expected a cluster with all of its slots');
}

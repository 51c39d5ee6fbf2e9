import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pidFileOf } from '#dev/pid-file.ts';
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
  /** Stops it in the middle of its work, until `thaw`. */
  freeze(): void;
  thaw(): void;
};

export type TestCluster = {
  /** Names the masters that it began with. */
  url: string;
  /** The masters that it began with. */
  nodes: ClusterNode[];
  /** The replica of each of them, when it was started with replicas. */
  replicas: ClusterNode[];
  stop(): Promise<void>;
};

/** Starts a node with cluster mode on, alone and without slots. To its clients it looks like any node of a Cluster. */
export async function startClusterNode(
  dir: string,
  settings: Record<string, string | number> = {},
): Promise<ClusterNode & { stop(): Promise<void> }> {
  // By default the second is 10,000 above the first, which may be beyond the last port.
  const [port, busPort] = [await freePort(), await freePort()];
  const folder = join(dir, `node-${port}`);
  mkdirSync(folder, { recursive: true });
  const start = async () => {
    const node = startNode(folder, { ...settings, port, 'cluster-port': busPort });
    await until(() => ask(port, 'PING\r\n'), PATIENCE);
    return node;
  };
  let running = await start();
  return {
    ...{ port, busPort },
    url: `redis://127.0.0.1:${port}/0`,
    pid: () => running.pid,
    tell: (command) => ask(port, `${command}\r\n`, ANSWER),
    kill: async () => {
      running.kill();
      await running.exited;
    },
    restart: async () => {
      running = await start();
    },
    freeze: () => running.freeze(),
    thaw: () => running.thaw(),
    stop: async () => void (await running.stop(2_000)),
  };
}

/** How long the others wait for a node before they take the cluster for broken, or its replica for the master. */
const NODE_TIMEOUT = 1_000; // ms

const SETTINGS = {
  ...{ 'cluster-enabled': 'yes', 'cluster-node-timeout': NODE_TIMEOUT, bind: '127.0.0.1', save: '' },
  'maxmemory-policy': 'noeviction',
  // A replica begins at once, stays with its master, and takes its place however long it was cut off before.
  ...{ 'repl-diskless-sync-delay': 0, 'cluster-allow-replica-migration': 'no' },
  'cluster-replica-validity-factor': 0,
};

function startNode(dir: string, own: Record<string, string | number>): Running {
  return startProgram({
    name: 'cluster node',
    command: redisBinary(process.env),
    args: Object.entries({ ...SETTINGS, ...own, dir }).flatMap(([name, value]) => [
      `--${name}`,
      String(value),
    ]),
    output: { file: join(dir, 'node.log') },
    pidFile: pidFileOf(dir, 'node'),
  });
}

const ANSWER = 15_000; // ms; it may be frozen for a while
const PATIENCE = 45_000; // ms

const SLOTS = 16_384;

/**
 * Starts a cluster of so many masters, which share the slots evenly, each with a replica if wanted. Three masters take less than
 * a second, with replicas two.
 */
export async function startCluster(
  dir: string,
  masters = 3,
  { replicas: withReplicas = false, nodeTimeoutMs = NODE_TIMEOUT } = {},
): Promise<TestCluster> {
  const count = withReplicas ? 2 * masters : masters;
  const settings = { 'cluster-node-timeout': nodeTimeoutMs };
  const all = await Promise.all(Array.from({ length: count }, () => startClusterNode(dir, settings)));
  const [nodes, replicas] = [all.slice(0, masters), all.slice(masters)];
  await meet(all);
  for (const [n, node] of nodes.entries()) {
    const [from, to] = [n, n + 1].map((at) => Math.floor((at * SLOTS) / masters)) as [number, number];
    await node.tell(`CLUSTER ADDSLOTSRANGE ${from} ${to - 1}`);
  }
  for (const [n, replica] of replicas.entries()) await follow(replica, nodes[n]);
  await Promise.all(all.map((node) => until(() => isWhole(node), PATIENCE)));
  return {
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    ...{ nodes, replicas },
    stop: async () => void (await Promise.all(all.map((node) => node.stop()))),
  };
}

/** Lets nodes know each other. */
async function meet(all: ClusterNode[]): Promise<void> {
  const [first] = all;
  for (const [n, node] of all.entries()) {
    await node.tell(`CLUSTER SET-CONFIG-EPOCH ${n + 1}`);
    if (first && node !== first) await node.tell(`CLUSTER MEET 127.0.0.1 ${first.port} ${first.busPort}`);
  }
}

/** The name of a node in its cluster. */
export const idOf = async (node: ClusterNode): Promise<string> =>
  /[0-9a-f]{40}/.exec(await node.tell('CLUSTER MYID'))?.[0] ?? '';

async function follow(replica: ClusterNode, master: ClusterNode | undefined): Promise<void> {
  if (!master) throw new Error('Expected a master for each replica');
  const id = await idOf(master);
  await until(async () => {
    const answer = await replica.tell(`CLUSTER REPLICATE ${id}`); // as soon as it has heard of that master
    if (!answer.startsWith('+OK')) throw new Error(answer);
  }, PATIENCE);
  await until(() => isSynced(replica), PATIENCE);
}

/** Rejects unless this replica has all of its master. */
export async function isSynced(replica: ClusterNode): Promise<void> {
  const info = await replica.tell('INFO replication');
  if (!/^master_link_status:up/m.test(info)) throw new Error('Expected a replica that has all of its master');
}

/** Rejects unless this node sees a master for each slot, and most of the masters. */
export async function isWhole(node: ClusterNode): Promise<void> {
  const info = await node.tell('CLUSTER INFO');
  if (!info.includes('cluster_state:ok')) throw new Error('Expected a cluster with all of its slots');
}

import { until } from '#dev/ports.ts';
import { type ClusterNode, isSynced, isWhole } from './cluster.ts';

const PATIENCE = 45_000; // ms: a vote that fails, because a master is busy, is repeated after 20 s

/** Cuts a replica off from its master until `join`: what the master takes from now on, the replica lacks. */
export async function cutOff(master: ClusterNode, replica: ClusterNode): Promise<void> {
  await replica.tell('CONFIG SET masterauth nobody'); // a master without a password refuses any
  await until(async () => {
    await master.tell('CLIENT KILL TYPE replica');
    const info = await replica.tell('INFO replication');
    if (!/^master_link_status:down/m.test(info)) throw new Error('Expected a replica without its master');
  }, PATIENCE);
}

/** Lets a replica reach its master again. */
export async function join(replica: ClusterNode): Promise<void> {
  await replica.tell('CONFIG SET masterauth ""');
}

const isMaster = async (node: ClusterNode): Promise<boolean> =>
  /^role:master/m.test(await node.tell('INFO replication'));

async function expectMaster(node: ClusterNode): Promise<void> {
  if (!(await isMaster(node))) throw new Error('Expected a replica that has become the master');
}

/**
 * Lets a replica take the place of its master, which is away. The other masters agree as if they had missed it for long: nobody
 * has to wait until they do.
 */
export const promote = (replica: ClusterNode): Promise<void> =>
  until(async () => {
    await replica.tell('CLUSTER FAILOVER FORCE');
    await expectMaster(replica);
  }, PATIENCE);

/** Resolves when the cluster has let a replica take the place of its master, which is away. */
export const promoted = (replica: ClusterNode): Promise<void> => until(() => expectMaster(replica), PATIENCE);

/**
 * Resolves when one of two nodes is the master, the other its replica that has all of it, and both see a whole cluster: one that
 * was frozen refuses everything for a moment. Returns them so.
 */
export function pairedAgain(nodes: [ClusterNode, ClusterNode]) {
  return until(async () => {
    const [one, other] = nodes;
    const [master, replica] = (await isMaster(one)) ? [one, other] : [other, one];
    await expectMaster(master);
    if (await isMaster(replica)) throw new Error('Expected a master that has become a replica');
    await isSynced(replica);
    await Promise.all(nodes.map(isWhole));
    return { master, replica };
  }, PATIENCE);
}

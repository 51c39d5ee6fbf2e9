import { until } from '#dev/ports.ts';
import { type ClusterNode, isSynced } from './cluster.ts';

const PATIENCE = 20_000; // ms

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

/**
 * Lets a replica take the place of its master, which is away. The other masters agree as if they had missed it for long: nobody
 * has to wait until they do.
 */
export const promote = (replica: ClusterNode): Promise<void> =>
  until(async () => {
    await replica.tell('CLUSTER FAILOVER FORCE');
    const info = await replica.tell('INFO replication');
    if (!/^role:master/m.test(info)) throw new Error('Expected a replica that has become the master');
  }, PATIENCE);

/** Resolves when a node that was a master has become the replica of another, and has all of it. */
export const demoted = (node: ClusterNode): Promise<void> =>
  until(async () => {
    const info = await node.tell('INFO replication');
    if (!/^role:slave/m.test(info)) throw new Error('Expected a master that has become a replica');
    await isSynced(node);
  }, PATIENCE);

import { join } from 'node:path';
import type { Run, Tools } from '#lab/harness/run-bench.ts';
import { startCluster, type TestCluster } from '#testing/cluster.ts';

/** Nothing is killed here. On a busy machine a master of seconds ago is no dead one. */
const PATIENCE = 15_000; // ms

/** Starts a cluster of so many masters for timelines. `onEnd` stops it. */
export async function startStores(
  { dataDir, onEnd }: Pick<Run, 'dataDir'> & Tools,
  masters: number,
): Promise<TestCluster> {
  const cluster = await startCluster(join(dataDir, 'cluster'), masters, { nodeTimeoutMs: PATIENCE });
  onEnd(() => cluster.stop());
  return cluster;
}

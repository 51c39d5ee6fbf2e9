import { copyFileSync } from 'node:fs';
import { until } from '#dev/ports.ts';
import { snapshotFile } from '../chaos/stage/servers.ts';
import type { Stage } from '../chaos/stage/stage.ts';
import type { Heal } from './kinds.ts';

const PATIENCE = 30_000; // ms; the checker's own connection may be on its way back from the fault before

/** Every message is gone, while the queue goes on answering. Nothing heals it but the system itself. */
export async function emptyQueue({ servers }: Stage): Promise<Heal> {
  await until(() => servers.emptyQueue(), PATIENCE);
  return async () => {};
}

/** Everything in it is gone, while it goes on answering. */
export async function emptyTimelines({ store }: Stage): Promise<Heal> {
  await until(() => store.redis.flushall(), PATIENCE);
  return async () => {};
}

/** Saves a file now, and when it heals comes back with it: all that was pushed in between is lost. */
export async function restoreTimelines({ servers, store, dataDir }: Stage): Promise<Heal> {
  const file = snapshotFile(dataDir);
  await until(() => store.redis.save(), PATIENCE);
  copyFileSync(file, `${file}.older`);
  return async () => {
    await servers.timelines.end('SIGKILL');
    copyFileSync(`${file}.older`, file);
    await servers.timelines.start();
  };
}

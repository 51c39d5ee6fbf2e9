import { copyFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Loss, readLoss } from '#core/timelines/recognise.ts';
import { until } from '#dev/ports.ts';
import { type BreakableStage, CHECKER, type Disks } from '#lab/stage/breakable-stage.ts';
import type { ControlledProcess } from '#lab/stage/controlled-process.ts';
import { snapshotFile } from '#lab/stage/controlled-servers.ts';
import { backUpPostgres, restorePostgres } from './older-postgres.ts';

/** Ends a fault. */
export type Heal = () => Promise<void>;

/** For faults that the system heals by itself. */
export const healsItself: Heal = async () => {};

const STOP = 10_000; // ms
const AWAKE = 2_000; // ms between two sleeps, which would be one long sleep otherwise
const PATIENCE = 30_000; // ms; the checker's own connection may still be broken by the fault before

/** Kills a process by SIGKILL. Healing starts it again. */
export async function kill(process: ControlledProcess): Promise<Heal> {
  await process.end('SIGKILL');
  return () => process.start();
}

/**
 * Stops a process as a deployment does. Healing starts it again. Postgres ends its sessions (a fast shutdown). Redis
 * saves its file and comes back with it.
 */
export async function restart(process: ControlledProcess): Promise<Heal> {
  await process.stop(STOP);
  return () => process.start();
}

/** Stops a process in the middle of its work. When it heals, it goes on with what it knew before. */
export async function freeze(process: ControlledProcess): Promise<Heal> {
  process.freeze();
  return async () => process.thaw();
}

/** Stops every process of the system at once, as a machine that sleeps does. What was due meanwhile is late when it wakes. */
export async function sleep({ servers, workers, web, slept, cluster }: BreakableStage): Promise<Heal> {
  const masters = cluster ? [...cluster.nodes, ...cluster.replicas] : [];
  const all = [web, ...workers, servers.postgres, servers.queue, servers.timelines, ...masters];
  slept.begin();
  for (const process of all) process.freeze();
  return async () => {
    for (const process of all) process.thaw();
    slept.end();
    await wait(AWAKE);
  };
}

/** Ends all processes of Postgres at once. What was committed without waiting for the disk may be gone. */
export async function crashPostgres({ servers, crashes }: BreakableStage): Promise<Heal> {
  const from = Date.now();
  await servers.postgres.end('SIGQUIT');
  crashes.push({ from, to: Date.now() });
  return () => servers.postgres.start();
}

/** Ends all sessions of web and workers in Postgres, whatever they are doing. */
export async function cutConnections({ pool }: BreakableStage): Promise<Heal> {
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND application_name <> $1`;
  await until(() => pool.query(cut, [CHECKER]), 10_000);
  return healsItself;
}

/** Removes every message, while the queue goes on answering. */
export async function emptyQueue({ servers }: BreakableStage): Promise<Heal> {
  await until(() => servers.emptyQueue(), PATIENCE);
  return healsItself;
}

/**
 * Leaves no room for the files of a server. A Redis with an append-only file then refuses every write, and undoes one
 * that is half there. PostgreSQL refuses what needs another page of a table or an index, and takes the rest.
 */
export const fillDisk =
  (of: keyof Disks) =>
  async ({ disks }: BreakableStage): Promise<Heal> => {
    disks[of]?.fill();
    return async () => disks[of]?.clear();
  };

/** Removes everything from the timeline store, while it goes on answering. */
export async function emptyTimelines({ store }: BreakableStage): Promise<Heal> {
  await until(() => store.redis.flushall(), PATIENCE);
  return healsItself;
}

/**
 * Backs Postgres up now. Healing brings the server back with that backup: what was committed in between is gone, and
 * ids that were drawn in between will be drawn again.
 */
export async function takePostgresBack(stage: BreakableStage): Promise<Heal> {
  const { servers, pool, dataDir, crashes, restores } = stage;
  const from = Date.now();
  await until(() => backUpPostgres(pool, dataDir), PATIENCE);
  return async () => {
    await servers.postgres.end('SIGQUIT');
    const to = Date.now();
    crashes.push({ from, to });
    await restorePostgres(dataDir);
    await servers.postgres.start();
    const loss = await until(() => lossSince(pool, to), REPORTED).catch(() => null);
    restores.push({ from, to, lostAfter: loss?.after ?? null });
  };
}

const REPORTED = 5_000; // ms; no report comes when the timeline store, which remembers, was emptied meanwhile

async function lossSince(pool: BreakableStage['pool'], time: number): Promise<Loss> {
  const loss = await readLoss(pool);
  if (loss && Date.parse(loss.at) >= time) return loss;
  throw new Error('Expected a report of what Postgres has lost');
}

const HOUR = 3_600_000; // ms

/** Sets the clock of a process an hour forward or back. Healing sets it to the machine's again. */
export async function moveClock({ setClock }: BreakableStage, name: string, dice: number): Promise<Heal> {
  setClock(name, dice < 0.5 ? HOUR : -HOUR);
  return async () => setClock(name, 0);
}

/** Saves the timeline store now. Healing brings the store back with that file: what was pushed in between is lost. */
export async function restoreTimelines({ servers, store, dataDir }: BreakableStage): Promise<Heal> {
  const file = snapshotFile(dataDir);
  await until(() => store.redis.save(), PATIENCE);
  copyFileSync(file, `${file}.older`);
  return async () => {
    await servers.timelines.end('SIGKILL');
    copyFileSync(`${file}.older`, file);
    await servers.timelines.start();
  };
}

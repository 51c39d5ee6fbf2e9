import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { parseMemory } from '#core/admission/admission.ts';
import { openRedis } from '#core/redis.ts';
import { until } from '#dev/ports.ts';
import { startRedis } from '#dev/redis.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { Heal } from './outages.ts';

/* Faults in which the timeline store is there and refuses, or another server has taken its place. */

const PATIENCE = 30_000; // ms; the checker's own connection may be broken, and the machine may sleep

/** Sends a command until it is answered. The commands of this file do no harm when they run twice. */
const tell = (redis: Redis, command: string, ...args: (string | number)[]): Promise<unknown> =>
  until(() => redis.call(command, ...args), PATIENCE);

/**
 * Leaves the store no more memory than it uses. It takes no write until enough timelines that nobody reads are dropped.
 */
export async function fillTimelines({ store: { redis } }: BreakableStage): Promise<Heal> {
  const { used, max } = parseMemory(await until(() => redis.info('memory'), PATIENCE));
  await tell(redis, 'CONFIG', 'SET', 'maxmemory', used);
  return async () => void (await tell(redis, 'CONFIG', 'SET', 'maxmemory', max));
}

/** Makes the store refuse every write, as a replica whose primary is gone or as a primary that has lost its replica. */
export async function refuseWrites(
  { store: { redis } }: BreakableStage,
  _target: string,
  random: () => number,
): Promise<Heal> {
  if (random() < 0.5) {
    await tell(redis, 'CONFIG', 'SET', 'min-replicas-to-write', 1);
    return async () => void (await tell(redis, 'CONFIG', 'SET', 'min-replicas-to-write', 0));
  }
  await tell(redis, 'REPLICAOF', '127.0.0.1', NOBODY);
  return async () => void (await tell(redis, 'REPLICAOF', 'NO', 'ONE'));
}

const NOBODY = 1; // a port on which nothing listens

const APART = 300; // ms at most for which both are primaries; what the old one takes then is lost, as in real life

/**
 * Fails over to a replica, and back when it heals. The address of the store moves each time. Connections stay open and
 * still lead to the old server, which is a replica by then.
 */
export async function demoteTimelines(
  stage: BreakableStage,
  _target: string,
  random: () => number,
): Promise<Heal> {
  const { store, servers, dataDir } = stage;
  const first = store.redis;
  const { url, port } = servers.timelines.running;
  const standby = await startRedis({ role: 'timelines', dataDir: join(dataDir, 'standby') });
  const { password } = new URL(url);
  const second = await withPassword(standby.url, password);
  await tell(first, 'CONFIG', 'SET', 'masterauth', password, ...AT_ONCE);
  await follow(second, port);
  await promote(second, () => leadTo(stage, standby.port), APART * random());
  await tell(first, 'REPLICAOF', '127.0.0.1', standby.port);
  return async () => {
    await synced(first);
    await promote(first, () => leadTo(stage, port), 0);
    await tell(second, 'REPLICAOF', '127.0.0.1', port);
    second.disconnect();
    await wait(APART * random()); // meanwhile somebody writes to it, and hears that it is a replica
    await standby.stop(5_000);
  };
}

/** A primary waits five seconds for further replicas by default. */
const AT_ONCE = ['repl-diskless-sync-delay', 0];

/** Gives a server the password of its primary. Clients that are led to it use that one, and so does its replica. */
async function withPassword(url: string, password: string): Promise<Redis> {
  const fresh = openRedis(url, 'chaos standby');
  await tell(fresh, 'CONFIG', 'SET', 'requirepass', password, 'masterauth', password, ...AT_ONCE);
  fresh.disconnect();
  return openRedis(Object.assign(new URL(url), { password }).href, 'chaos standby');
}

async function follow(replica: Redis, port: number): Promise<void> {
  await tell(replica, 'REPLICAOF', '127.0.0.1', port);
  await synced(replica);
}

function synced(replica: Redis): Promise<void> {
  return until(async () => {
    const info = await replica.info('replication');
    if (!/^master_link_status:up/m.test(info) || !/^master_sync_in_progress:0/m.test(info))
      throw new Error('Expected a replica that has all of its primary');
  }, PATIENCE);
}

/** Makes a replica the primary. New connections are led to it a little later. */
async function promote(replica: Redis, moved: () => void, apartMs: number): Promise<void> {
  await tell(replica, 'REPLICAOF', 'NO', 'ONE');
  await wait(apartMs);
  moved();
}

function leadTo({ web, workers }: BreakableStage, port: number): void {
  for (const { links } of [web, ...workers]) links.timelines.leadTo(port);
}

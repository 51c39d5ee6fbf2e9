import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import pg from 'pg';
import { openRedis } from '#core/redis.ts';
import type { ServerUrls } from '#dev/servers.ts';

/** What the figures were measured on: they mean nothing without it. */
export type Machine = {
  cpu: string;
  cores: number;
  memoryGb: number;
  platform: string;
  node: string;
  postgres: string;
  redis: string;
  /** Processes that wanted a core in the minute before: anything else that runs makes the figures worse. */
  loadBefore: number;
};

/** Reads the machine now: before the bench itself makes load. */
export async function describeMachine(servers: ServerUrls): Promise<Machine> {
  const [load = 0] = loadavg();
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    postgres: await postgresVersion(servers.databaseUrl),
    redis: await redisVersion(servers.timelineRedisUrl),
    loadBefore: Math.round(load * 100) / 100,
  };
}

/** One line for people. */
export function inWords(machine: Machine): string {
  const { cpu, cores, memoryGb, platform, node, postgres, redis, loadBefore } = machine;
  const software = `Node ${node}, PostgreSQL ${postgres}, Redis ${redis}`;
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform} · ${software} · load before: ${loadBefore}`;
}

async function postgresVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return rows[0]?.server_version ?? 'unknown';
}

async function redisVersion(url: string): Promise<string> {
  const redis = openRedis(url, 'bench');
  const info = await redis.info('server');
  redis.disconnect();
  return /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
}

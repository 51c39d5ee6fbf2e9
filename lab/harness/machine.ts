import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

/** What the figures were measured on. They mean nothing without it. */
export type Machine = {
  cpu: string;
  cores: number;
  memoryGb: number;
  platform: string;
  node: string;
  postgres: string;
  redis: string;
  /** Processes that wanted a core in the minute before. Whatever else runs makes the figures worse. */
  loadBefore: number;
};

const version = z.object({ server_version: z.string() });

/** Asks the system and the servers. `loadBefore` is from before the experiment made any load itself. */
export async function describeMachine(
  { pool, redis }: { pool: pg.Pool; redis: Redis },
  loadBefore: number,
): Promise<Machine> {
  const { server_version: postgres } = await readRow(pool, version, { text: 'SHOW server_version' });
  const info = await redis.info('server');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    postgres,
    redis: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown',
    loadBefore,
  };
}

/** One line for people. */
export function inWords(machine: Machine): string {
  const { cpu, cores, memoryGb, platform, node, postgres, redis, loadBefore } = machine;
  const software = `Node ${node}, PostgreSQL ${postgres}, Redis ${redis}`;
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform} · ${software} · load before: ${loadBefore}`;
}

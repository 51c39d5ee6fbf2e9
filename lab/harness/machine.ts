import type { Redis } from 'ioredis';
import type pg from 'pg';
import { z } from 'zod';
import { describeHost, type Host } from '#core/lab/machine.ts';
import { readRow } from '#core/rows.ts';

/** What the figures were measured on. They mean nothing without it. */
export type Machine = Host & {
  postgres: string;
  redis: string;
  /** Processes that wanted a core in the minute before. Other work makes the figures worse. */
  loadBefore: number;
};

const version = z.object({ server_version: z.string() });

/** Asks the system and the servers. `loadBefore` was read before the experiment made any load itself. */
export async function describeMachine(
  { pool, redis }: { pool: pg.Pool; redis: Redis },
  loadBefore: number,
): Promise<Machine> {
  const { server_version: postgres } = await readRow(pool, version, { text: 'SHOW server_version' });
  const info = await redis.info('server');
  return {
    ...describeHost(),
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

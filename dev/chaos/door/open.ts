import type { IncomingMessage } from 'node:http';
import type pg from 'pg';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import type { BrokerConfig } from '#broker/variables.ts';
import type { Config } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

/** What the door answers from. */
export type Door = { config: Config; pool: pg.Pool; timelines: TimelineStore; broker: Broker };

export type Answer = { status: number; body?: unknown };

/** A request of an account; `parts` are those of its path. */
export type Call = { request: IncomingMessage; url: URL; parts: string[]; accountId: number };

/** Opens the connections that the web process has. */
export function openDoor(config: Config & BrokerConfig): Door {
  const { pool } = openPostgres({ url: config.DATABASE_URL, max: 20, name: 'door' });
  const redis = openRedis(config.TIMELINE_REDIS_URL, 'door');
  const timelines = { redis, shards: config.TIMELINE_SHARDS, cap: config.TIMELINE_CAP };
  return { config, pool, timelines, broker: openBroker(config) };
}

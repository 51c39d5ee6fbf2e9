import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { Broker } from '#broker/port.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

/** What every part of the worker is given by its composition root, worker/main.ts. */
export type WorkerContext = {
  /** Shown on the delivery page. */
  name: string;
  pool: pg.Pool;
  broker: Broker;
  /** For the delivery lane: its calls hold the store for 5 ms each. */
  timelines: TimelineStore;
  /** For the fan-out lane, a connection of its own: a small push never queues behind those of a chunk. */
  express: TimelineStore;
  /** Where progress is told. */
  hints: Redis;
  /** Followers a chunk. */
  chunkSize: number;
};

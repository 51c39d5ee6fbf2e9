import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { Broker } from '#broker/port.ts';
import type { Epochs } from '#core/timelines/epoch.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';
import type { Lanes } from '#worker/lanes.ts';

/** What every file of the worker is given by the composition root, worker/main.ts. */
export type WorkerContext = {
  /** Shown on the delivery page. */
  name: string;
  pool: pg.Pool;
  broker: Broker;
  /** The two ways into the timeline store. */
  lanes: Lanes;
  /** Epochs of the timeline store's shards, as the last look at them found them. */
  epochs: Epochs;
  /** The connection on which hints are told. */
  hints: Redis;
  /** Followers a chunk. */
  chunkSize: number;
  /** Limits of posting, for tweets whose time has come; without any in tests. */
  limits?: PostLimits;
};

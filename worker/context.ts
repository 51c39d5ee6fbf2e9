import type { Redis } from 'ioredis';
import type { Broker } from '#broker/port.ts';
import type { Database } from '#core/postgres.ts';
import type { Epochs } from '#core/timelines/epoch.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';
import type { Lane } from '#worker/lane.ts';

/** What every part of the worker is given by its composition root, worker/main.ts. */
export type WorkerContext = Database & {
  /** Shown on the delivery page. */
  name: string;
  broker: Broker;
  /** Of large fan-outs, whose chunks come by the delivery queue. */
  chunks: Lane;
  /** Of fan-outs that are one chunk. */
  express: Lane;
  /** Of the timeline store's shards, as the last look at them found them. */
  epochs: Epochs;
  /** Where progress is told. */
  hints: Redis;
  /** Followers a chunk. */
  chunkSize: number;
  /** Of posting, for tweets whose time has come; without any in tests. */
  limits?: PostLimits;
};

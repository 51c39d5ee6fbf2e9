import type { Redis } from 'ioredis';
import type { Broker } from '#broker/port.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';
import type { Database } from '#core/postgres.ts';
import type { Epochs } from '#core/timelines/epoch.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';
import type { Lanes } from '#worker/lanes.ts';

/** What every part of the worker is given by its composition root, worker/main.ts. */
export type WorkerContext = Database & {
  /** Shown on the delivery page. */
  name: string;
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
  /** Who was refused by any process, and when each is to come back; without it in most tests. */
  waitingList?: WaitingList | undefined;
};

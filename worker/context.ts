import type { Broker } from '#broker/port.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';
import type { FinishedFanOut, PushedChunk } from '#core/ledger/start-and-finish.ts';
import type { Database } from '#core/postgres.ts';
import type { StoreClient } from '#core/redis.ts';
import type { Epochs } from '#core/timelines/epoch.ts';
import type { LiveLayout } from '#core/timelines/live-layout.ts';
import type { PostLimits } from '#core/tweets/post-tweet.ts';
import type { Lanes } from '#worker/lanes.ts';

/** What worker/main.ts, the composition root, gives to every part of the worker. */
export type WorkerContext = Database & {
  /** Shown on the delivery page. */
  name: string;
  broker: Broker;
  /** The two ways into the timeline store. */
  lanes: Lanes;
  /** Epochs of the timeline store's shards, as the last look at them found them. */
  epochs: Epochs;
  /** How timelines lie in the store. Most tests have one layout for good. */
  layout?: LiveLayout;
  /** The connection on which hints are told. */
  hints: StoreClient;
  /** Followers a chunk. */
  chunkSize: number;
  /** Limits of posting, for scheduled tweets. Most tests have none. */
  limits?: PostLimits;
  /** The tweets that any process has refused, and when each is to come back. Most tests have none. */
  waitingList?: WaitingList | undefined;
  /** Is told what was written into the ledger. Without METRICS_PORT nobody is. */
  finished?(fanOut: FinishedFanOut, pushed: readonly PushedChunk[]): void;
};

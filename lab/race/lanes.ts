import type { LaneName, Race } from '#core/lab/race.ts';
import { type Moments, postThroughQueue, pushToAll } from '#lab/bench/sync/ways.ts';
import { finished } from '#lab/load/post.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { APART, type ApartTimelines } from './apart-timelines.ts';
import { commitApart } from './commit-apart.ts';
import type { OneJob } from './one-job.ts';

/** What a lane works with. */
export type Track = {
  connections: Connections;
  apart: ApartTimelines;
  job: OneJob;
  /** Called with the tweet that the real queue delivers. It is the only one that stays. */
  posted(authorId: number, tweetId: number): void;
};

/** Where a race runs. */
export type Ground = {
  /** The connections of its lanes. */
  connections: Connections;
  /** What the page says of its stage; null when the demo itself is raced. */
  stage: Race['stage'];
  /** Kills a worker. The result makes sure that there are as many as before. */
  killWorker(worker: string): Promise<() => Promise<void>>;
};

export type Start = { authorId: number; text: string; told(delivered: number): void };

/** Delivers one tweet in one way. */
type LaneRun = (track: Track, start: Start) => Promise<Moments>;

/** In the request: the author waits until everybody has the tweet. */
const request: LaneRun = async ({ connections, apart }, { authorId, text, told }) => {
  const began = performance.now();
  const tweet = await commitApart(connections.pool, { authorId, text });
  apart.noteTweet(tweet.tweetId);
  const arrivals = await pushToAll(
    connections,
    { authorId, ...tweet, shard: APART, began, mayGo: () => apart.requireOpen() },
    told,
  );
  return { ...arrivals, answer: performance.now() - began };
};

/** One job: the consumer that takes its message pushes to everybody. */
const job: LaneRun = ({ job: queued }, start) => queued.post(start);

/** In chunks: what this system does, with its own workers and ledger. */
const chunked: LaneRun = ({ connections, posted }, { authorId, text, told }) =>
  postThroughQueue(connections, authorId, {
    ...{ text, told, ended: finished },
    accepted: (id) => posted(authorId, id),
  });

/**
 * Pulled at read: the tweet goes into one list. All followers can read it from then on, and every read looks there too.
 */
const pulled: LaneRun = async ({ connections, apart }, { authorId, text, told }) => {
  const began = performance.now();
  const { tweetId, followers } = await commitApart(connections.pool, { authorId, text });
  await connections.store.redis.lpush(apart.pulledKey(authorId), tweetId);
  const answer = performance.now() - began;
  told(followers);
  return { answer, first: answer, median: answer, last: answer };
};

export const LANE_RUNS: Record<LaneName, LaneRun> = { request, job, chunked, pulled };

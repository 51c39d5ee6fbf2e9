import { setTimeout as wait } from 'node:timers/promises';
import { audit } from '#core/audit/audit.ts';
import { SECOND } from '#core/durations.ts';
import type { Crash } from '#core/lab/race.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { IN_REQUEST, killHalfWay, PATIENCE } from '#lab/bench/sync/crash.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import { APART, type Holders } from '#lab/race/apart-timelines.ts';
import { commitApart } from '#lab/race/commit-apart.ts';
import type { Track } from '#lab/race/lanes.ts';
import { catchInMidChunk } from './in-mid-chunk.ts';
import type { Author, RunStage } from './run-stage.ts';

type Given = { stage: RunStage; track: Track; author: Author };

/**
 * Kills the process that delivers, half-way, in three ways at the same time. Counts who has the tweet some seconds
 * later.
 */
export function crashAll(given: Given): Promise<Crash[]> {
  return Promise.all([crashRequest(given), crashJob(given), crashChunked(given.stage)]);
}

const toolsOf = ({ onEnd }: RunStage): Tools => ({ log: () => {}, onEnd });

/** In the request: nobody knows that half is missing, so nobody helps. The author got no answer. */
async function crashRequest({ stage, track, author }: Given): Promise<Crash> {
  const tweet = await commitFor(track, author);
  const given = [author.id, tweet.tweetId, APART, tweet.followers].map(String);
  const { env } = stage.connections;
  await killHalfWay({ script: [IN_REQUEST, ...given], env, followers: tweet.followers }, toolsOf(stage));
  const { present: atOnce } = await track.apart.holders(tweet.tweetId);
  stage.note(`the request is killed when ${atOnce} of ${tweet.followers} have the tweet`);
  await wait(PATIENCE);
  const left = await track.apart.holders(tweet.tweetId);
  return crashOf('request', tweet.followers, { atOnce, ...left, laterS: PATIENCE / SECOND });
}

/** One job: when its lease has run out, the broker hands it to another consumer, which begins again. */
async function crashJob({ stage, track, author }: Given): Promise<Crash> {
  const tweet = await commitFor(track, author);
  await track.job.pause();
  await track.job.publish(author.id, tweet);
  const { env } = stage.connections;
  const script: [string] = ['lab/race/one-job-process.ts'];
  await killHalfWay({ script, env, followers: tweet.followers }, toolsOf(stage));
  const killed = performance.now();
  const done = track.job.done(tweet.tweetId);
  track.job.open();
  const { present: atOnce } = await track.apart.holders(tweet.tweetId);
  stage.note(`the worker of the one job is killed when ${atOnce} of ${tweet.followers} have the tweet`);
  await done;
  const laterS = (performance.now() - killed) / SECOND;
  return crashOf('job', tweet.followers, { atOnce, ...(await track.apart.holders(tweet.tweetId)), laterS });
}

async function commitFor({ connections, apart }: Track, author: Author) {
  const tweet = await commitApart(connections.pool, { authorId: author.id, text: 'Killed half-way' });
  apart.noteTweet(tweet.tweetId);
  return tweet;
}

const AWAY = 8; // s; by then the others have taken over

/** In chunks: kills a real worker with chunks in hand. Another does what the ledger says is not done. */
async function crashChunked(stage: RunStage): Promise<Crash> {
  const { pool, store } = stage.connections;
  const { tweetId, worker } = await catchInMidChunk(stage);
  const fault = await stage.cause({ kind: 'worker-killed', worker, seconds: AWAY });
  const killed = performance.now();
  const [half] = await readDeliveries(pool, [tweetId]);
  const { expected = 0, delivered: atOnce = 0 } = half ?? {};
  stage.note(`worker ${worker} is killed when ${atOnce} of ${expected} have the tweet`);
  await stage.untilFinished(60 * SECOND);
  const laterS = (performance.now() - killed) / SECOND;
  await fault.heal();
  const { present, cold, twice } = await audit(pool, store, tweetId);
  return crashOf('chunked', expected, { atOnce, present: present + cold, twice, laterS });
}

function crashOf(
  lane: Crash['lane'],
  followers: number,
  { atOnce, present, twice, laterS }: Holders & { atOnce: number; laterS: number },
): Crash {
  return { lane, followers, atOnce, later: present, twice, laterS: Math.round(laterS * 10) / 10 };
}

import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { audit } from '#core/audit/audit.ts';
import { SECOND } from '#core/durations.ts';
import type { Crash } from '#core/lab/race.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { readRow } from '#core/rows.ts';
import { IN_REQUEST, killHalfWay, PATIENCE } from '#lab/bench/sync/crash.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import { APART } from '#lab/race/apart-timelines.ts';
import { type ApartTweet, commitApart } from '#lab/race/commit-apart.ts';
import type { Ground, Track } from '#lab/race/lanes.ts';
import { catchInMidChunk } from './in-mid-chunk.ts';
import type { Author, RunStage } from './run-stage.ts';

type Given = { stage: RunStage; track: Track; ground: Ground; author: Author };

/**
 * Kills the process that delivers, half-way, in three ways at the same time. Counts who has the tweet some seconds
 * later.
 */
export function crashAll(given: Given): Promise<Crash[]> {
  return Promise.all([untilHit(crashRequest, given), untilHit(crashJob, given), crashChunked(given)]);
}

const TRIES = 3;

/**
 * Kills again when a kill has missed: everything was done before it, or people followed or unfollowed meanwhile. Then nobody
 * can say who should have the tweet.
 */
async function untilHit(crash: (given: Given) => Promise<Crash | null>, given: Given): Promise<Crash> {
  for (let tries = 0; tries < TRIES; tries++) {
    const hit = await crash(given);
    if (hit) return hit;
    given.stage.note('done before the kill, or its followers have changed: once more');
  }
  throw new Error(`Expected to kill something half-way within ${TRIES} tries`);
}

const toolsOf = ({ onEnd }: RunStage): Tools => ({ log: () => {}, onEnd });

/** In the request: nobody knows that half is missing, so nobody helps. The author got no answer. */
async function crashRequest({ stage, track, author }: Given): Promise<Crash | null> {
  const tweet = await commitFor(track, author);
  const given = [author.id, tweet.tweetId, APART, tweet.followers].map(String);
  const atOnce = await killOn(stage, { track, tweet, script: [IN_REQUEST, ...given] });
  if (atOnce === null) return null;
  stage.note(`the request is killed when ${atOnce} of ${tweet.followers} have the tweet`);
  await wait(PATIENCE);
  return counted({ lane: 'request', track, author, tweet }, { atOnce, laterS: PATIENCE / SECOND });
}

/** One job: when its lease has run out, the broker hands it to another consumer, which begins again. */
async function crashJob({ stage, track, author }: Given): Promise<Crash | null> {
  const tweet = await commitFor(track, author);
  await track.job.pause();
  await track.job.publish(author.id, tweet);
  const atOnce = await killOn(stage, { track, tweet, script: ['lab/race/one-job-process.ts'] });
  if (atOnce === null) return null;
  stage.note(`the worker of the one job is killed when ${atOnce} of ${tweet.followers} have the tweet`);
  const killed = performance.now();
  const done = track.job.done(tweet.tweetId);
  track.job.open();
  await done;
  return counted({ lane: 'job', track, author, tweet }, { atOnce, laterS: secondsSince(killed) });
}

type Victim = { track: Track; tweet: ApartTweet; script: [string, ...string[]] };

/** Kills a process half-way. Resolves with how many have the tweet then; null when that is nobody, or everybody. */
async function killOn(stage: RunStage, { track, tweet, script }: Victim): Promise<number | null> {
  const { env } = track.connections;
  await killHalfWay({ script, env, followers: tweet.followers }, toolsOf(stage));
  const { present } = await track.apart.holders(tweet.tweetId);
  return present > 0 && present < tweet.followers ? present : null;
}

async function commitFor({ connections, apart }: Track, author: Author): Promise<ApartTweet> {
  const tweet = await commitApart(connections.pool, { authorId: author.id, text: 'Killed half-way' });
  apart.noteTweet(tweet.tweetId);
  return tweet;
}

type Hit = { lane: 'request' | 'job'; track: Track; author: Author; tweet: ApartTweet };

/** Counts who has the tweet now. Null when its followers are not those of before. */
async function counted(
  { lane, track, author, tweet: { tweetId, followers } }: Hit,
  kill: { atOnce: number; laterS: number },
): Promise<Crash | null> {
  const { present: later, twice } = await track.apart.holders(tweetId);
  if ((await countFollowers(track, author, tweetId)) !== followers) return null;
  return { lane, followers, later, twice, ...kill };
}

const counting = z.object({ count: z.int() });

/** How many follow the author now, of those who followed before the tweet. */
async function countFollowers({ connections: { pool } }: Track, { id }: Author, tweetId: number) {
  const { count } = await readRow(pool, counting, {
    text: 'SELECT count(*)::int FROM follow WHERE followee_id = $1 AND since < $2',
    values: [id, tweetId],
  });
  return count;
}

/** In chunks: kills a real worker with chunks in hand. Another does what the ledger says is not done. */
async function crashChunked({ stage, ground }: Given): Promise<Crash> {
  const { pool, store } = stage.connections;
  const { tweetId, worker } = await catchInMidChunk(stage);
  const restore = await ground.killWorker(worker);
  const killed = performance.now();
  const [half] = await readDeliveries(pool, [tweetId]);
  const { expected = 0, delivered: atOnce = 0 } = half ?? {};
  stage.note(`worker ${worker} is killed when ${atOnce} of ${expected} have the tweet`);
  await stage.untilFinished(60 * SECOND);
  const laterS = secondsSince(killed);
  await restore();
  const { present, cold, gone, twice } = await audit(pool, store, tweetId);
  return { lane: 'chunked', followers: expected - gone, atOnce, later: present + cold, twice, laterS };
}

const secondsSince = (moment: number): number => Math.round((performance.now() - moment) / 100) / 10;

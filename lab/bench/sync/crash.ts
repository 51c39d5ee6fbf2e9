import { setTimeout as wait } from 'node:timers/promises';
import { audit } from '#core/audit/audit.ts';
import { SECOND } from '#core/durations.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { idRow, readRows } from '#core/rows.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import { accept, delivered, publish, since } from '#lab/load/post.ts';
import type { Stage } from '#lab/stage/stage.ts';
import { startScript } from '#lab/stage/start-script.ts';

export type Audience = { authorId: number; followers: number };

/** What a kill half-way left: how many had the tweet at once, and how many later, when nobody helped. */
export type Left = { atOnce: number; later: number; twice: number; laterS: number };

type Given = { stage: Stage; run: Tools };

export const IN_REQUEST = 'lab/bench/sync/in-request-process.ts';
export const PATIENCE = 5 * SECOND; // in this time the way without a queue might mend itself

/** Kills the process of the request when half of the followers have the tweet. */
export async function crashInRequest({ stage, run }: Given, audience: Audience): Promise<Left> {
  const script: Victim['script'] = [IN_REQUEST, String(audience.authorId)];
  await killHalfWay({ script, env: stage.env, followers: audience.followers }, run);
  const tweetId = await lastTweet(stage, audience);
  const atOnce = await countHolders(stage.store, audience, tweetId);
  await wait(PATIENCE);
  return {
    atOnce,
    later: await countHolders(stage.store, audience, tweetId),
    twice: 0,
    laterS: PATIENCE / SECOND,
  };
}

type Victim = { script: [string, ...string[]]; env: NodeJS.ProcessEnv; followers: number };

/** Starts a process that prints how many followers have its tweet, and kills it when half of them have. */
export async function killHalfWay({ script, env, followers }: Victim, tools: Tools): Promise<void> {
  const output = (line: string) => {
    if (Number(line) >= followers / 2) victim.kill();
  };
  const victim = startScript(script, { name: 'killed half-way', env, output }, tools);
  await victim.exited;
}

async function lastTweet({ pool }: Stage, { authorId }: Audience): Promise<number> {
  const [newest] = await readRows(pool, idRow, {
    text: 'SELECT id FROM tweet WHERE author_id = $1 ORDER BY id DESC LIMIT 1',
    values: [authorId],
  });
  return newest?.id ?? 0;
}

const PAGE = 5_000; // timelines in one pipeline

/** Counts followers whose newest entry is this tweet. Nothing else is posted meanwhile. */
async function countHolders(
  store: TimelineStore,
  { authorId, followers }: Audience,
  tweetId: number,
): Promise<number> {
  let holders = 0;
  for (let from = 0; from < followers; from += PAGE) {
    const pipeline = store.redis.pipeline();
    // addAuthorWithFollowers gives the followers the ids that come after the author's.
    for (let n = from; n < Math.min(from + PAGE, followers); n++)
      pipeline.lindex(timelineKey(authorId + 1 + n, store), 0);
    const replies = (await pipeline.exec()) ?? [];
    holders += replies.filter(([, newest]) => newest === String(tweetId)).length;
  }
  return holders;
}

const LOOK = 5; // ms

/** Kills one of the two workers when half of the followers have the tweet. Nobody starts it again. */
export async function crashOfWorker({ stage }: Given, { authorId, followers }: Audience): Promise<Left> {
  const tweetId = await accept(stage, authorId);
  await publish(stage, tweetId);
  const victim = stage.watched.find(({ name }) => name === 'worker A');
  if (!victim) throw new Error('Expected a worker A, found none');
  while ((await deliveredOf(stage, tweetId)) < followers / 2) await wait(LOOK);
  process.kill(victim.pid, 'SIGKILL');
  const killed = new Date().toISOString();
  const atOnce = await deliveredOf(stage, tweetId);
  const [delivery] = await delivered(stage, [tweetId]);
  const { present, twice } = await audit(stage.pool, stage.store, tweetId);
  return { atOnce, later: present, twice, laterS: since(killed, delivery?.finishedAt ?? null) / SECOND };
}

async function deliveredOf({ pool }: Stage, tweetId: number): Promise<number> {
  const [delivery] = await readDeliveries(pool, [tweetId]);
  return delivery?.delivered ?? 0;
}

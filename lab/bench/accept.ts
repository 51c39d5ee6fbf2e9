import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { request, type Session, signInAll } from '#lab/clients/session.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median, percentile, type Series } from '#lab/harness/statistics.ts';
import { latencies, whole } from '#lab/harness/table.ts';
import { TEXT } from '#lab/load/post.ts';
import { OPEN_ADMISSION, openApp, type RunningApp } from '#lab/stage/application.ts';
import { quiet } from '#lab/stage/quiet.ts';
import { celebrity } from '#prisma/seed/demo/celebrity.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';

/*
 * How long `POST /api/tweets` takes until its `202`, for an author with 12 followers and for one with a million. This
 * process posts over one connection that stays open, to the production build with its workers running. The timelines are on
 * one server, or on a cluster of `--masters`.
 *
 * The two authors take turns, each on a machine at rest. Delivering to a million takes the workers over a second. So
 * each tweet is deleted right after its answer, which cancels its fan-out, and the next one waits until the queues are
 * empty. This compares acceptance alone. The last row of the table shows what it leaves out: ordinary tweets that are
 * posted while the machine is busy with a million.
 */

const WARM_UP = 30; // tweets of each
const PACE = 20; // ms between two tweets while the machine is busy
type Sizes = 'followers' | 'samples' | 'busy' | 'masters';
type Author = Session & { app: RunningApp };
type Authors = { few: Author; million: Author };

async function measure(run: Run<Sizes>) {
  const { followers, samples, busy: busySamples, masters } = run.sizes;
  const app = await openApp(run, followers, OPEN_ADMISSION, masters);
  const authors = await signInAuthors(app);
  await takeTurns(authors, WARM_UP);
  run.log(`${samples} tweets of each author, in turn …`);
  const { few, million } = await takeTurns(authors, samples);
  run.log('tweets beside a million …');
  const busy = await postWhileBusy(authors, busySamples);
  const to = whole(followers);
  const table = latencies('POST /api/tweets to its 202', {
    '12 followers': few,
    [`${to} followers`]: million,
    [`12 followers, while ${to} are delivered`]: busy,
  });
  const ratio = median(million.values) / median(few.values);
  const p95_ms = Math.max(percentile(few.values, 95), percentile(million.values, 95));
  return { machine: app.machine, runs: { few, million, busy }, figures: { ratio, p95_ms }, tables: [table] };
}

async function signInAuthors(app: RunningApp): Promise<Authors> {
  const cookie = await signInAll(app.url, [ordinary.handle, celebrity.handle]);
  const author = (handle: string): Author => ({ app, handle, cookie, url: app.url });
  return { few: author(ordinary.handle), million: author(celebrity.handle) };
}

async function takeTurns({ few, million }: Authors, rounds: number) {
  const found: Record<'few' | 'million', Series> = {
    few: { unit: 'ms', values: [] },
    million: { unit: 'ms', values: [] },
  };
  for (let round = 0; round < rounds; round++) {
    found.few.values.push(await postAtRest(few));
    found.million.values.push(await postAtRest(million));
  }
  return found;
}

async function postAtRest(author: Author): Promise<number> {
  const { tweetId, ms } = await post(author);
  const answer = await request(author, { method: 'DELETE', path: `/api/tweets/${tweetId}` });
  if (answer?.status !== 204) throw new Error(`Expected 204, got ${JSON.stringify(answer)}`);
  await quiet(author.app);
  return ms;
}

async function postWhileBusy({ few, million }: Authors, count: number): Promise<Series> {
  const values: number[] = [];
  while (values.length < count) {
    const { tweetId } = await post(million);
    while (await isUnderWay(million.app, tweetId)) {
      values.push((await post(few)).ms);
      await wait(PACE);
    }
    await quiet(million.app);
  }
  return { unit: 'ms', values };
}

const posted = z.object({ tweet: z.object({ id: z.number() }) });

/** Posts a tweet, and times it from the first byte sent to the last received. */
async function post(author: Session): Promise<{ tweetId: number; ms: number }> {
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const started = performance.now();
  const answer = await request(author, {
    method: 'POST',
    path: '/api/tweets',
    headers,
    body: { text: TEXT },
  });
  const ms = performance.now() - started;
  if (answer?.status !== 202) throw new Error(`Expected 202, got ${JSON.stringify(answer)}`);
  return { tweetId: posted.parse(answer.body).tweet.id, ms };
}

async function isUnderWay({ pool }: RunningApp, tweetId: number): Promise<boolean> {
  const deliveries = await readDeliveries(pool, [tweetId]);
  return !deliveries.every(isFinished);
}

await runBench<Sizes>({
  name: 'accept',
  sizes: { followers: 1_000_000, samples: 300, busy: 200, masters: 1 },
  goals: { ratio: { atMost: 1.2 }, p95_ms: { atMost: 100 } },
  measure,
});

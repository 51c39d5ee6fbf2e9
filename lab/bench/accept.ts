import { setTimeout as wait } from 'node:timers/promises';
import { isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { celebrity } from '#prisma/seed/demo/celebrity.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { latencies } from '../run/latencies.ts';
import { type Run, runBench } from '../run/run-bench.ts';
import { median, percentile, type Series } from '../run/statistics.ts';
import { openApp, type RunningApp } from '../stage/app.ts';
import { quiet } from '../stage/quiet.ts';
import { Visitor } from '../stage/visitor.ts';

/*
 * How long `POST /api/tweets` takes to its `202`, for an author with 12 followers and one with a million: from this
 * process over a connection that stays open, to the production build with its workers running.
 *
 * The two take turns, each on a machine at rest. Delivering a million takes the workers over a second, so every
 * tweet, of either author, is deleted right after its answer, which cancels its fan-out, and the next one waits until
 * the queues are empty. So the acceptance itself is compared. The last row of the table is what these two leave out:
 * ordinary tweets that are posted while the machine is busy with a million.
 */

const WARM_UP = 30; // tweets of each
const PACE = 20; // ms between two tweets while the machine is busy
type Sizes = 'followers' | 'samples' | 'busy';
type Scene = { app: RunningApp; visitor: Visitor };

async function measure(run: Run<Sizes>) {
  const { followers, samples, busy: busySamples } = run.sizes;
  const scene = await openScene(run);
  await takeTurns(scene, WARM_UP);
  run.log(`${samples} tweets of each author, in turn …`);
  const { few, million } = await takeTurns(scene, samples);
  run.log('tweets beside a million …');
  const busy = await postWhileBusy(scene, busySamples);
  const to = followers.toLocaleString('en');
  const table = latencies('POST /api/tweets to its 202', {
    '12 followers': few,
    [`${to} followers`]: million,
    [`12 followers, while ${to} are delivered`]: busy,
  });
  const ratio = median(million.values) / median(few.values);
  const p95_ms = Math.max(percentile(few.values, 95), percentile(million.values, 95));
  return {
    machine: scene.app.machine,
    runs: { few, million, busy },
    figures: { ratio, p95_ms },
    tables: [table],
  };
}

async function openScene(run: Run<Sizes>): Promise<Scene> {
  const app = await openApp(run, run.sizes.followers);
  const visitor = new Visitor(app.url);
  for (const { handle } of [ordinary, celebrity]) await visitor.signIn(handle);
  return { app, visitor };
}

async function takeTurns(scene: Scene, rounds: number) {
  const few: Series = { unit: 'ms', values: [] };
  const million: Series = { unit: 'ms', values: [] };
  for (let round = 0; round < rounds; round++) {
    few.values.push(await postAtRest(scene, ordinary.handle));
    million.values.push(await postAtRest(scene, celebrity.handle));
  }
  return { few, million };
}

async function postAtRest({ app, visitor }: Scene, handle: string): Promise<number> {
  const { tweetId, ms } = await visitor.post(handle);
  await visitor.delete(handle, tweetId);
  await quiet(app);
  return ms;
}

async function postWhileBusy({ app, visitor }: Scene, count: number): Promise<Series> {
  const values: number[] = [];
  while (values.length < count) {
    const { tweetId } = await visitor.post(celebrity.handle);
    while (await isUnderWay(app, tweetId)) {
      values.push((await visitor.post(ordinary.handle)).ms);
      await wait(PACE);
    }
    await quiet(app);
  }
  return { unit: 'ms', values };
}

async function isUnderWay({ pool }: RunningApp, tweetId: number): Promise<boolean> {
  const deliveries = await readDeliveries(pool, [tweetId]);
  return !deliveries.every(isFinished);
}

await runBench<Sizes>({
  name: 'accept',
  sizes: { followers: 1_000_000, samples: 300, busy: 200 },
  goals: { ratio: { atMost: 1.2 }, p95_ms: { atMost: 100 } },
  measure,
});

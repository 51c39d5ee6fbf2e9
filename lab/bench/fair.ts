import { setTimeout as wait } from 'node:timers/promises';
import type { Delivery } from '#core/ledger/delivery.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { percentile, type Series } from '#lab/harness/statistics.ts';
import { latencies, whole } from '#lab/harness/table.ts';
import { delivered, deliveryTime, post, postAndDeliver } from '#lab/load/post.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import { openStoresStage, type StoresStage } from './stores/stores-stage.ts';

/*
 * How long an ordinary tweet takes to reach its 12 followers, from acceptance to the last row of the ledger: once while
 * nothing else runs, and once while one tweet after the other goes to a million.
 *
 * Ordinary tweets are posted at their own pace, whether the last one has arrived or not. A bench that waited for each
 * would post less on a slower system. Quiet and busy blocks take turns, so that a slow minute of the machine
 * hits both. A busy tweet counts only if it was accepted while a million was on its way, by the ledger's clock.
 */

const WARM_UP = 40; // ordinary tweets, and the millions beside them
const BLOCKS = 5;
const PACE = 50; // ms between two ordinary tweets, jittered by half, so that they do not keep step with anything
const ORDINARY = 12; // followers

type Sizes = 'followers' | 'samples' | 'masters';
type Authors = { ordinary: number; celebrity: number };

async function measure(run: Run<Sizes>) {
  const stage = await openStoresStage(run, { stores: run.sizes.masters, workers: 2 });
  const authors = await addAuthors(stage, run);
  await postBesideMillions(stage, authors, WARM_UP);
  const idle: Series = { unit: 'ms', values: [] };
  const busy: Series = { unit: 'ms', values: [] };
  const million: Series = { unit: 'ms', values: [] };
  for (let block = 1; block <= BLOCKS; block++) {
    run.log(`block ${block} of ${BLOCKS}`);
    const count = Math.ceil(run.sizes.samples / BLOCKS);
    idle.values.push(...(await postAtPace(stage, authors.ordinary, count)).map(deliveryTime));
    const both = await postBesideMillions(stage, authors, count);
    busy.values.push(...both.ordinary.map(deliveryTime));
    million.values.push(...both.celebrity.map(deliveryTime));
  }
  const runs = { idle, busy, million };
  return { machine: stage.machine, runs, figures: figures(idle, busy), tables: [table(run, runs)] };
}

async function addAuthors({ pool, store }: StoresStage, { sizes, log }: Run<Sizes>): Promise<Authors> {
  log(`an author with ${whole(sizes.followers)} followers, and one with ${ORDINARY} …`);
  const add = (handle: string, followers: number) =>
    addAuthorWithFollowers(pool, store, { handle, followers, tweets: 10 });
  const celebrity = await add('million', sizes.followers);
  const ordinary = await add('few', ORDINARY);
  return { celebrity: celebrity.id, ordinary: ordinary.id };
}

async function postAtPace(stage: StoresStage, authorId: number, count: number): Promise<Delivery[]> {
  const posting: Promise<number>[] = [];
  for (let n = 0; n < count; n++) {
    const posted = post(stage, authorId);
    posted.catch(() => {}); // reported below, when all are awaited
    posting.push(posted);
    await wait(PACE * (0.75 + Math.random() / 2));
  }
  return delivered(stage, await Promise.all(posting));
}

type Both = { ordinary: Delivery[]; celebrity: Delivery[] };

async function postBesideMillions(stage: StoresStage, authors: Authors, count: number): Promise<Both> {
  let enough = false;
  const millions = postUntil(stage, authors.celebrity, () => enough);
  // A quarter more, because some fall between two fan-outs and do not count.
  const posting = postAtPace(stage, authors.ordinary, Math.ceil(count * 1.25)).finally(() => {
    enough = true;
  });
  const [celebrity, ordinary] = await Promise.all([millions, posting]);
  return { ordinary: ordinary.filter((each) => celebrity.some((other) => covers(other, each))), celebrity };
}

/** Posts one tweet after the other without a break. */
async function postUntil(stage: StoresStage, authorId: number, isEnough: () => boolean): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  while (!isEnough()) deliveries.push(await postAndDeliver(stage, authorId));
  return deliveries;
}

const covers = (long: Delivery, short: Delivery) =>
  long.acceptedAt < short.acceptedAt && long.finishedAt !== null && short.acceptedAt < long.finishedAt;

function figures(idle: Series, busy: Series) {
  const [p95_idle_ms, p95_busy_ms] = [percentile(idle.values, 95), percentile(busy.values, 95)];
  return { p95_idle_ms, p95_busy_ms, ratio: p95_busy_ms / p95_idle_ms };
}

function table({ sizes }: Run<Sizes>, { idle, busy, million }: Record<'idle' | 'busy' | 'million', Series>) {
  const to = whole(sizes.followers);
  return latencies(
    `Delivery of a tweet to ${ORDINARY} followers, from acceptance to the last row of the ledger`,
    {
      'nothing else runs': idle,
      [`while tweets go to ${to}`]: busy,
      [`those tweets to ${to}`]: million,
    },
  );
}

await runBench<Sizes>({
  name: 'fair',
  sizes: { followers: 1_000_000, samples: 300, masters: 1 },
  goals: { ratio: { atMost: 3 } },
  measure,
});

import { setTimeout as wait } from 'node:timers/promises';
import { audit } from '#core/audit/audit.ts';
import { type Delivery, isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import type { Running } from '#dev/program.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import { deliveryTime, post, postAndDeliver } from '#lab/load/post.ts';
import { quiet } from '#lab/stage/quiet.ts';
import { startWorkers } from '#lab/stage/stage.ts';
import type { Contestant } from './contestant.ts';
import type { Recovery, Result } from './results.ts';

const LOOK = 2; // ms; the fan-out that it looks at lasts about a second

/** Runs `work` beside two worker processes, as `npm start` has them, and stops them. */
export async function withWorkers<T>(
  contestant: Contestant,
  tools: Tools,
  work: (workers: Running[]) => Promise<T>,
): Promise<T> {
  const names = ['A', 'B'].map((letter) => `${letter} ${crypto.randomUUID().slice(0, 4)}`);
  const workers = await startWorkers(names, contestant, tools);
  try {
    return await work(workers);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop(5_000)));
  }
}

/** Sends the same tweet to the same followers again and again, once to warm up. Adds the times to the result. */
export async function measureFanOuts(
  contestant: Contestant,
  result: Result,
  { authorId, runs }: { authorId: number; runs: number },
): Promise<void> {
  for (let n = 0; n <= runs; n++) {
    const delivery = await postAndDeliver(contestant, authorId);
    await quiet(contestant);
    if (n === 0) continue;
    result.seconds.values.push(deliveryTime(delivery) / 1_000);
    result.redeliveries += delivery.redeliveries;
  }
}

/** Kills one of two workers when the first chunks are done, and measures from then on. */
export async function killWorker(contestant: Contestant, authorId: number, tools: Tools): Promise<Recovery> {
  const delivery = await withWorkers(contestant, tools, async ([victim]) => {
    const tweetId = await post(contestant, authorId);
    await until(contestant, tweetId, (now) => now.chunksDone > 0);
    victim?.kill();
    const killedAt = performance.now();
    await until(contestant, tweetId, isFinished);
    const seconds = (performance.now() - killedAt) / 1_000;
    // What the dead worker had done and not acknowledged comes again. It counts too.
    await quiet(contestant);
    return { ...(await until(contestant, tweetId, isFinished)), seconds };
  });
  const { pool, store } = contestant;
  const { missing, twice } = await audit(pool, store, delivery.tweetId);
  return { seconds: delivery.seconds, redeliveries: delivery.redeliveries, missing, twice };
}

async function until(
  { pool }: Contestant,
  tweetId: number,
  is: (now: Delivery) => boolean,
): Promise<Delivery> {
  for (;;) {
    const [delivery] = await readDeliveries(pool, [tweetId]);
    if (delivery && is(delivery)) return delivery;
    await wait(LOOK);
  }
}

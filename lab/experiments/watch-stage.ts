import { setTimeout as sleep } from 'node:timers/promises';
import { InvariantsSource } from '#api/live/invariants-source.ts';
import type { StageFigures } from '#core/lab/stage-figures.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { readActivity } from '#core/ledger/workers.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import type { Connections } from '#lab/stage/connect.ts';

const EVERY = 250; // ms between two looks
const MOST_CHUNKS = 400; // a picture of more is too large to send four times a second
/** As many as a stage may have, so all of its timelines are read: nothing else reads them. */
const MOST_FOLLOWERS = 100_000;

type Watching = {
  stage: Connections;
  /** The tweet that the page shows. */
  shown(): number | undefined;
  tell(figures: StageFigures): void;
};

/** Reads the figures of a stage again and again, and tells them, until the returned function is called. */
export function watchStage({ stage, shown, tell }: Watching): () => Promise<void> {
  const ended = new AbortController();
  let invariants: StageFigures['invariants'] = null;
  const source = new InvariantsSource({ pool: stage.pool, timelines: stage.store }, MOST_FOLLOWERS);
  // Reading 100,000 timelines back takes longer than a look, so nothing else waits for it.
  const reading = again(ended.signal, async () => {
    invariants = await source.look().catch(() => null);
  });
  const looking = again(ended.signal, async () => tell({ ...(await lookAt(stage, shown())), invariants }));
  return async () => {
    ended.abort();
    await Promise.all([reading, looking]);
  };
}

async function again(signal: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await look();
    await sleep(EVERY, undefined, { signal }).catch(() => {});
  }
}

async function lookAt(
  stage: Connections,
  tweetId: number | undefined,
): Promise<Omit<StageFigures, 'invariants'>> {
  const [jobs, workers, delivery] = await Promise.all([
    readJobs(stage).catch(() => null),
    readWorkers(stage).catch(() => null),
    tweetId === undefined ? null : readDelivery(stage, tweetId).catch(() => null),
  ]);
  const hasPicture = delivery !== null && delivery.chunks <= MOST_CHUNKS;
  const chunks = hasPicture ? await readChunks(stage.pool, delivery.tweetId).catch(() => []) : [];
  return { at: new Date().toISOString(), jobs, workers, delivery, chunks };
}

async function readDelivery({ pool }: Connections, tweetId: number) {
  const [delivery] = await readDeliveries(pool, [tweetId]);
  return delivery ?? null;
}

async function readJobs({ broker }: Connections) {
  const depths = await Promise.all([broker.depth('fan-out'), broker.depth('delivery')]);
  return {
    waiting: sumOf(depths, (depth) => depth.waiting),
    inFlight: sumOf(depths, (depth) => depth.inFlight),
    dead: sumOf(depths, (depth) => depth.dead),
  };
}

async function readWorkers({ pool }: Connections) {
  const activity = await readActivity(pool);
  return activity.map(({ worker, alive, doing }) => ({ name: worker, alive, chunks: doing.length }));
}

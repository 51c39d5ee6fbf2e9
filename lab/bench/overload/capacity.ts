import { setTimeout as wait } from 'node:timers/promises';
import { readFlowSample } from '#core/console/flow.ts';
import { post } from '#lab/load/post.ts';
import { quiet } from '#lab/stage/quiet.ts';
import type { Stage } from '#lab/stage/stage.ts';

const WAITING = 1_000_000; // deliveries: workers never run dry, and admission measures its rate too
const LOOK = 20; // ms
const WARM_UP = 0.4; // of the time, for connections, caches and the measured rate, which is a moving mean

/** Deliveries a second while all workers always have work. */
export async function measureCapacity(stage: Stage, authors: number[], seconds: number): Promise<number> {
  await keepBusy(stage, authors, seconds * WARM_UP);
  const before = await readFlowSample(stage.pool);
  await keepBusy(stage, authors, seconds * (1 - WARM_UP));
  const after = await readFlowSample(stage.pool);
  await quiet(stage);
  return (after.done - before.done) / (after.at - before.at);
}

async function keepBusy(stage: Stage, authors: number[], seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  for (let n = 0; performance.now() < end; ) {
    const { backlog } = await readFlowSample(stage.pool);
    if (backlog >= WAITING) await wait(LOOK);
    else await post(stage, authors[n++ % authors.length] ?? 0);
  }
}

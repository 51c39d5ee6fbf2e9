import { setTimeout as wait } from 'node:timers/promises';
import { readFlowSample } from '#core/console/flow.ts';
import { post } from '#lab/load/post.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { quiet } from '#lab/stage/quiet.ts';

const LOOK = 20; // ms
const WARM_UP = 0.4; // of the time, for connections, caches and the measured rate, which is a moving mean

type Busy = {
  authors: number[];
  seconds: number;
  /** Deliveries that always wait: so many that workers never run dry, and that admission measures its rate too. */
  waiting: number;
};

/** Deliveries a second while all workers always have work. */
export async function measureCapacity(stage: Connections, busy: Busy): Promise<number> {
  await keepBusy(stage, { ...busy, seconds: busy.seconds * WARM_UP });
  const before = await readFlowSample(stage.pool);
  await keepBusy(stage, { ...busy, seconds: busy.seconds * (1 - WARM_UP) });
  const after = await readFlowSample(stage.pool);
  await quiet(stage);
  return (after.done - before.done) / (after.at - before.at);
}

async function keepBusy(stage: Connections, { authors, seconds, waiting }: Busy): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  for (let n = 0; performance.now() < end; ) {
    const { backlog } = await readFlowSample(stage.pool);
    if (backlog >= waiting) await wait(LOOK);
    else await post(stage, authors[n++ % authors.length] ?? 0);
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import { takenBy } from '#core/admission/admission.ts';
import { readFlowSample } from '#core/console/flow.ts';
import { post } from '#lab/load/post.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { quiet } from '#lab/stage/quiet.ts';

const LOOK = 20; // ms
const WARM_UP = 0.4; // of the time, for connections, caches and the measured rate, which is a moving mean

type Busy = {
  authors: number[];
  seconds: number;
  /** What always waits, in deliveries and what fan-outs cost beside them: workers never run dry, and admission measures its rate. */
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

/** Posts at once: one after the other, small tweets would come more slowly than they are delivered. */
const AT_ONCE = 8;

async function keepBusy(stage: Connections, { authors, seconds, waiting }: Busy): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  let posted = 0;
  const keepPosting = async () => {
    while (performance.now() < end) {
      const { backlog: deliveries, fanOuts } = await readFlowSample(stage.pool);
      if (takenBy({ deliveries, fanOuts }) >= waiting) await wait(LOOK);
      else await post(stage, authors[posted++ % authors.length] ?? 0);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, keepPosting));
}

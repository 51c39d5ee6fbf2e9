import { setTimeout as wait } from 'node:timers/promises';
import { countUnfinished } from '#core/admission/backlog.ts';
import { QUEUES } from '#core/messages.ts';
import type { Connections } from './connect.ts';

const LOOK = 20; // ms
const SETTLE = 50; // ms for the last acknowledgements and events

/** Resolves when no fan-out is unfinished and no message waits or is in flight. */
export async function quiet({ pool, broker }: Pick<Connections, 'pool' | 'broker'>): Promise<void> {
  for (let busy = 1; busy > 0; ) {
    await wait(LOOK);
    const depths = await Promise.all(QUEUES.map((queue) => broker.depth(queue)));
    busy = depths.reduce(
      (sum, { waiting, inFlight }) => sum + waiting + inFlight,
      await countUnfinished(pool),
    );
  }
  await wait(SETTLE);
}

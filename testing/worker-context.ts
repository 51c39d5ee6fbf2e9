import { Epochs } from '#core/timelines/epoch.ts';
import type { WorkerContext } from '#worker/context.ts';
import { largeLane, smallLane } from '#worker/lanes.ts';

type Given = Pick<WorkerContext, 'name' | 'pool' | 'prisma' | 'broker' | 'hints' | 'chunkSize'>;

/** What a worker is given, with one Redis for everything, as worker/main.ts makes it. */
export function workerContext(given: Given): WorkerContext {
  const store = { redis: given.hints, shards: 1, cap: 800 };
  const epochs = new Epochs();
  const lanes = { small: smallLane(store), large: largeLane(store, store.redis, epochs, 1) };
  return { ...given, lanes, epochs };
}

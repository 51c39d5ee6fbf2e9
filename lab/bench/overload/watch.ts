import { setTimeout as wait } from 'node:timers/promises';
import { backlogLimit, parseMemory, takenBy } from '#core/admission/admission.ts';
import { type MeasuredSample, readFlowSample } from '#core/console/flow.ts';
import { openRedis } from '#core/redis.ts';
import type { Connections } from '#lab/stage/connect.ts';

/** The backlog, and the bytes that the broker's Redis uses, at one moment. */
export type Sample = MeasuredSample & { bytes: number };

const EVERY = 25; // ms

/** Samples until `ended` resolves. */
export async function watch({ pool, env }: Connections, ended: Promise<unknown>): Promise<Sample[]> {
  const queue = openRedis(env.QUEUE_REDIS_URL ?? '', 'bench');
  const samples: Sample[] = [];
  let over = false;
  const stop = () => {
    over = true;
  };
  ended.then(stop, stop);
  while (!over) {
    const [sample, info] = await Promise.all([readFlowSample(pool), queue.info('memory')]);
    samples.push({ ...sample, bytes: parseMemory(info).used });
    await wait(EVERY);
  }
  queue.disconnect();
  return samples;
}

/** Samples in which the backlog cost more than its bound. One fan-out alone may: an empty system takes any. */
export function aboveBound(samples: readonly Sample[], maxWaitS: number): number {
  return samples.filter(
    ({ backlog, fanOuts }, index) =>
      fanOuts > 1 &&
      takenBy({ deliveries: backlog, fanOuts }) > boundAt(samples.slice(0, index + 1), maxWaitS),
  ).length;
}

/**
 * The bound moves with the measured rate. Deliveries that were admitted under a larger bound may stay for `maxWaitS`,
 * so the largest bound of that time counts.
 */
function boundAt(until: readonly Sample[], maxWaitS: number): number {
  const since = (until.at(-1)?.at ?? 0) - maxWaitS;
  const recent = until.filter(({ at }) => at >= since);
  return Math.max(...recent.map((sample) => backlogLimit(sample, { maxWaitS })));
}

import { readDeliveries } from '#core/ledger/delivery.ts';
import { LEASE } from '#core/ledger/publish.ts';
import { QUEUES } from '#core/messages.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { Connections } from '#lab/stage/connect.ts';
import type { RunStage } from './run-stage.ts';

/** How many messages the broker holds, waiting or in hand. */
export async function messagesIn({ broker }: Pick<Connections, 'broker'>): Promise<number> {
  const depths = await Promise.all(QUEUES.map((queue) => broker.depth(queue)));
  return sumOf(depths, (depth) => depth.waiting + depth.inFlight);
}

/**
 * Waits until the broker has every tweet of a run, while no worker takes any, and counts its messages. The web process
 * hands tweets over after its answers, so a look right behind these would miss some.
 */
export function untilHeld(run: RunStage): Promise<number> {
  const { connections, accepted } = run;
  return run.patiently(async () => {
    const deliveries = await readDeliveries(connections.pool, accepted);
    const held = await messagesIn(connections);
    if (held === 0 || deliveries.some(({ publishedAt }) => publishedAt === null))
      throw new Error('Expected the broker to hold the messages of all tweets');
    return held;
  });
}

/** Kills all workers of a stage, so that messages wait. The result starts them again. */
export async function withoutWorkers({ workers }: BreakableStage): Promise<() => Promise<void>> {
  await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  return async () => void (await Promise.all(workers.map((worker) => worker.start())));
}

/** Seconds for the ledger's lease, a look of the relay, and the delivery itself. */
const AGAIN_S = LEASE / 1_000 + 4;

/** Waits until everything is delivered. Messages may be lost, and the relay publishes again what makes no progress. */
export async function untilPublishedAgain(run: RunStage): Promise<{ name: string; value: string }> {
  const began = performance.now();
  await run.waitFor(
    'a fan-out without any progress is published again 12 s after it was last',
    AGAIN_S,
    run.untilFinished(90_000),
  );
  return { name: 'until all were delivered', value: inSeconds(performance.now() - began) };
}

export const inSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { freePort } from '#dev/ports.ts';
import { openWorld, type World } from '#testing/world.ts';
import { largeLane, smallLane } from './lanes.ts';
import { startWorker } from './start-worker.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it('says at start which variable of its broker is wrong, also when there is nothing to do', async () => {
  const nowhere = `redis://127.0.0.1:${await freePort()}`;
  const broker = openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: nowhere }));
  const timelines = { redis: world.timelines, shards: 1, cap: 800 };
  const context = {
    ...{ name: 'A', ...world.postgres, broker, epochs: new Epochs(), hints: world.timelines },
    lanes: { small: smallLane(timelines), large: largeLane(timelines, timelines.redis) },
    chunkSize: 10,
  };
  const log = vi.fn<(line: string) => void>();
  const worker = startWorker(context, { fanOutConcurrency: 1, deliveryConcurrency: 1, log });
  await vi.waitFor(
    () => expect(log).toHaveBeenCalledWith(expect.stringMatching(/QUEUE_REDIS_URL.*ECONNREFUSED/)),
    10_000,
  );
  await worker.stop(1_000);
  await broker.close(0);
});

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { freePort } from '#dev/ports.ts';
import { eventually } from '#testing/eventually.ts';
import { workerContext } from '#testing/worker-context.ts';
import { openWorld, type World } from '#testing/world.ts';
import { startWorker } from './start-worker.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it('says at start which variable of its broker is wrong, also when there is nothing to do', async () => {
  const nowhere = `redis://127.0.0.1:${await freePort()}`;
  const broker = openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: nowhere }));
  const context = workerContext({
    ...{ name: 'A', ...world.postgres, broker, hints: world.timelines, chunkSize: 10 },
  });
  const log = vi.fn<(line: string) => void>();
  const worker = startWorker(context, { fanOutConcurrency: 1, deliveryConcurrency: 1, log });
  await eventually(() =>
    expect(log).toHaveBeenCalledWith(expect.stringMatching(/QUEUE_REDIS_URL.*ECONNREFUSED/)),
  );
  await worker.stop(1_000);
  await broker.close(0);
});

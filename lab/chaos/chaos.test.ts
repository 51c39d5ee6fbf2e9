import { afterAll, expect, it } from 'vitest';
import { openTempFolder } from '#dev/temp-folder.ts';
import { runChaos } from './run-chaos.ts';

const folder = openTempFolder('chaos-test');
afterAll(() => folder.remove());

it('keeps every promise through a short run of all faults', { timeout: 240_000 }, async () => {
  const report = await runChaos({
    broker: 'bullmq',
    seed: 20_261,
    rounds: 1,
    roundMs: 12_000,
    everyMs: 600,
    web: 'api',
    workers: ['A', 'B'],
    population: { audiences: [0, 1, 12, 100, 101, 1_200], actors: 8 },
    chunkSize: 100,
    clients: 4,
    folder: folder.dir,
    log: () => {},
    stopped: new Promise(() => {}),
  });
  expect(report?.findings).toEqual([]);
  expect(Object.values(report?.faults ?? {}).filter((count) => count > 0).length).toBeGreaterThan(12);
  expect(report?.posts.accepted).toBeGreaterThan(20);
  expect(report?.checked.present).toBeGreaterThan(1_000);
  expect(report?.checked.scheduled).toBeGreaterThan(5);
  expect(report?.checked.tasks).toBeGreaterThan(0);
  expect(report?.checked.ticks).toBeGreaterThan(5);
});

import { expect, it, onTestFinished } from 'vitest';
import { openTaskStage } from '#testing/task-stage.ts';

it('a kind with a rate starts no faster over two workers, and does not hold up others', async () => {
  const stage = await openTaskStage();
  onTestFinished(() => stage.close());
  const starts: number[] = [];
  stage.kind('limited', async () => void starts.push(performance.now()), { ratePerS: 10 });
  for (const name of ['A', 'B']) stage.work(name);
  const limited = await stage.ask(...Array.from({ length: 15 }, () => ({ kind: 'limited' })));
  const [other = 0] = await stage.ask({});
  await stage.over(other);
  expect(starts.length).toBeLessThan(10);
  for (const id of limited)
    expect(await stage.over(id)).toMatchObject({ state: 'succeeded', attempts: 1, failures: 0 });
  const took = Math.max(...starts) - Math.min(...starts);
  expect(took).toBeGreaterThan(1_150); // 14 spaces of 100 ms, but for 200 ms between two looks of the due loop
  expect(took).toBeLessThan(3_000);
});

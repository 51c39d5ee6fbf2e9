import { expect, it, onTestFinished } from 'vitest';
import { claimTasks } from '#core/tasks/claim.ts';
import { takeStart } from '#core/tasks/rate.ts';
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
});

it('a worker that has lost its task by then does not start it before its time', async () => {
  const stage = await openTaskStage();
  onTestFinished(() => stage.close());
  const { pool } = stage.world.postgres;
  const ids = await stage.ask({ kind: 'limited' }, { kind: 'limited' });
  const [first, second] = await claimTasks(pool, ids, 'A');
  if (!first || !second) throw new Error('Expected two claims');
  expect(await takeStart(pool, first, 0.01)).toBe(true);
  await pool.query('UPDATE task SET token = token + 1 WHERE id = $1', [second.id]); // somebody else has it
  expect(await takeStart(pool, second, 0.01)).toBe(false);
  expect(await stage.read(second.id)).toMatchObject({ state: 'running' }); // and keeps it
});

import { once } from 'node:events';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { openRedis } from '#core/redis.ts';
import { claimTasks } from '#core/tasks/claim.ts';
import { finishTasks } from '#core/tasks/finish.ts';
import { startHangingWorker } from '#testing/hanging-worker/hanging-worker.ts';
import { aborted, gate, openTaskStage, type TaskStage } from '#testing/task-stage.ts';
import { LeaseLost, Stopping } from '#worker/tasks/task-kind.ts';

let stage: TaskStage;

beforeEach(async () => {
  stage = await openTaskStage();
  const opened = stage;
  return () => opened.close();
});

const pool = () => stage.world.postgres.pool;
// Well before now: the column holds milliseconds, and rounds up.
const expireLease = (id: number) =>
  pool().query(`UPDATE task SET leased_until = clock_timestamp() - interval '1 s' WHERE id = $1`, [id]);

it('a task whose worker process is killed is run by another when its lease runs out', async () => {
  const hanging = startHangingWorker('hanging', stage.world);
  onTestFinished(() => void hanging.kill('SIGKILL'));
  const [id = 0] = await stage.ask({ kind: 'fragile' });
  await stage.until(id, (task) => task.worker === 'hanging');
  hanging.kill('SIGKILL');
  await once(hanging, 'exit');
  stage.kind('fragile', async () => 'done by another');
  stage.work('healthy');
  expect(await stage.over(id)).toMatchObject({
    ...{ state: 'succeeded', result: 'done by another', attempts: 2, failures: 1, worker: 'healthy' },
  });
});

it('a task that kills every worker is given up', async () => {
  stage.kind('deadly', () => new Promise(() => {}), { attempts: 2 });
  const [id = 0] = await stage.ask({ kind: 'deadly' });
  for (const name of ['first', 'second']) {
    await claimTasks(pool(), [id], name);
    await expireLease(id);
    if (name === 'first') await pool().query("UPDATE task SET state = 'waiting', failures = 1");
  }
  stage.work('third');
  expect(await stage.over(id)).toMatchObject({
    ...{ state: 'failed', error: 'Given up: its worker stopped answering at attempt 2' },
  });
});

it('a worker that lost its lease is told so, and what it still writes is ignored', async () => {
  const first = gate();
  const reasons: unknown[] = [];
  let runs = 0;
  stage.kind('contended', async ({ signal }) => {
    if (++runs > 1) return 'second';
    reasons.push(await aborted(signal));
    await first.opened;
    return 'first';
  });
  stage.work('A');
  const [id = 0] = await stage.ask({ kind: 'contended' });
  await stage.until(id, (task) => task.state === 'running');
  await expireLease(id);
  expect(await stage.over(id)).toMatchObject({ result: 'second', attempts: 2 });
  first.open();
  await expect.poll(() => reasons).toEqual([expect.any(LeaseLost)]);
  expect(await stage.read(id)).toMatchObject({ state: 'succeeded', result: 'second' });
});

it('a claim that is older than the last one finishes nothing', async () => {
  const [id = 0] = await stage.ask({ dueAt: new Date() });
  const [old] = await claimTasks(pool(), [id], 'A');
  expect(await claimTasks(pool(), [id], 'B')).toEqual([]);
  await expireLease(id);
  const [mine] = await claimTasks(pool(), [id], 'B');
  if (!old || !mine) throw new Error('Expected two claims');
  expect([old.failures, mine.failures]).toEqual([0, 1]); // counted, although no due loop has looked
  expect((await finishTasks(pool(), [{ ...old, result: '1' }])).written).toEqual(new Set());
  expect((await finishTasks(pool(), [{ ...mine, result: '2' }])).written).toEqual(new Set([id]));
});

it('a worker that stops hands back what it cannot finish, without counting it as failed', async () => {
  const reasons: unknown[] = [];
  let runs = 0;
  stage.kind('interrupted', async ({ signal }) => {
    if (++runs === 1) return Promise.reject(reasons.push(await aborted(signal)));
    return 'on the other';
  });
  const leaving = stage.work('leaving');
  const [id = 0] = await stage.ask({ kind: 'interrupted' });
  await stage.until(id, (task) => task.state === 'running');
  await leaving.stop(500);
  stage.work('staying');
  expect(await stage.over(id)).toMatchObject({
    ...{ state: 'succeeded', result: 'on the other', failures: 0, worker: 'staying' },
  });
  expect(reasons).toEqual([expect.any(Stopping)]);
});

it('a message that the broker lost is published again', async () => {
  const [id = 0] = await stage.ask({});
  const queue = openRedis(stage.world.queueRedisUrl, 'test');
  await queue.flushdb();
  queue.disconnect();
  await expireLease(id); // as after the time that a broker is trusted
  stage.work('A');
  expect(await stage.over(id)).toMatchObject({ state: 'succeeded', attempts: 1 });
});

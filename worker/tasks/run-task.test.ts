import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DeadLetter, RetryLater } from '#broker/port.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { retryTask } from '#core/tasks/retry.ts';
import { eventually } from '#testing/eventually.ts';
import { aborted, gate, openTaskStage, type TaskStage } from '#testing/task-stage.ts';
import { Cancelled, TimeLimit } from '#worker/tasks/task-kind.ts';

let stage: TaskStage;

beforeAll(async () => {
  stage = await openTaskStage();
  stage.work('A');
});
afterAll(() => stage.close());

const pool = () => stage.world.postgres.pool;
/** What is asked and not published yet becomes due: a backoff is not waited for. */
const dueNow = (id: number) =>
  pool().query('UPDATE task SET due_at = clock_timestamp(), leased_until = clock_timestamp() WHERE id = $1', [
    id,
  ]);

async function isPublished(id: number): Promise<boolean> {
  const { rows } = await pool().query('SELECT FROM task WHERE id = $1 AND published_at IS NOT NULL', [id]);
  return rows.length === 1;
}

describe('a task', () => {
  it('is run with its data, and its result is kept', async () => {
    const [id = 0] = await stage.ask({ data: { text: 'grüße 👋' } });
    expect(await stage.over(id)).toMatchObject({
      ...{
        state: 'succeeded',
        result: { text: 'grüße 👋' },
        attempts: 1,
        failures: 0,
        worker: 'A',
        error: null,
      },
    });
  });

  it('is run when nobody published it', async () => {
    const [id = 0] = await askTasks(pool(), [{ kind: 'echo', data: 1 }]);
    await dueNow(id);
    expect(await stage.over(id)).toMatchObject({ state: 'succeeded', result: 1 });
  });

  it('is run once when its message comes five times', async () => {
    let runs = 0;
    stage.kind('counted', async () => ++runs);
    const [id = 0] = await stage.ask({ kind: 'counted' });
    const copies = [1, 2, 3, 4, 5].map((n) => ({ key: `copy-${n}`, body: { taskId: id } }));
    await stage.broker.publish('task', copies);
    await stage.over(id);
    await eventually(async () =>
      expect(await stage.broker.depth('task')).toMatchObject({ waiting: 0, inFlight: 0, dead: 0 }),
    );
    expect(runs).toBe(1);
  });

  it('does not start before its time', async () => {
    const dueAt = new Date(Date.now() + 700);
    const [id = 0] = await stage.ask({ dueAt });
    const { startedAt } = await stage.over(id);
    expect(Date.parse(startedAt ?? '')).toBeGreaterThanOrEqual(dueAt.getTime());
  });

  it('is not asked for twice while one of its key is unfinished', async () => {
    const { open, opened } = gate();
    stage.kind('held', () => opened);
    const task = { kind: 'held', uniqueKey: 'only-one' };
    const [first = 0] = await stage.ask(task);
    const [other, same] = await stage.ask({ kind: 'held' }, task);
    expect(same).toBe(first);
    expect(other).not.toBe(first);
    open();
    await stage.over(first);
    const [again, alsoAgain] = await stage.ask(task, task);
    expect(again).not.toBe(first);
    expect(alsoAgain).toBe(again);
  });

  it('shows how far it is', async () => {
    const { open, opened } = gate();
    stage.kind('slow', async ({ progress }) => {
      progress(30, 100, 'rows');
      await opened;
    });
    const [id = 0] = await stage.ask({ kind: 'slow' });
    const { progress } = await stage.until(id, (task) => task.progress !== null);
    expect(progress).toEqual({ done: 30, total: 100, unit: 'rows' });
    open();
  });
});

describe('priority', () => {
  it('high: runs while every other slot is taken', async () => {
    const { open, opened } = gate();
    stage.kind('long', () => opened);
    const long = await stage.ask(...Array.from({ length: 8 }, () => ({ kind: 'long' })));
    const [urgent = 0, normal = 0] = await stage.ask({ priority: 'high' }, {});
    await stage.over(urgent);
    expect(await stage.read(normal)).toMatchObject({ state: 'waiting' });
    open();
    for (const id of long) await stage.over(id);
  });

  it('low: stays in the ledger while the broker holds something of normal priority', async () => {
    const order: unknown[] = [];
    const { open, opened } = gate();
    stage.kind('noted', async ({ data }) => {
      await opened;
      order.push(data);
    });
    // Twice as many as there are slots, and with the broker before the due loop can see the low one.
    const normal = await stage.ask(...Array.from({ length: 8 }, () => ({ kind: 'noted', data: 'normal' })));
    const [low = 0] = await stage.ask({ kind: 'noted', data: 'low', priority: 'low' });
    // The due loop has looked when it has published what was due after the others.
    const [later = 0] = await stage.ask({ kind: 'noted', dueAt: new Date(Date.now() + 100) });
    await eventually(async () => expect(await isPublished(later)).toBe(true));
    expect(await isPublished(low)).toBe(false);
    open();
    for (const id of [...normal, low]) await stage.over(id);
    expect(order.slice(0, 8)).not.toContain('low');
  });
});

describe('a task that fails', () => {
  it('waits for longer and longer, ends as a dead letter with its error, and is retried from there', async () => {
    let isMended = false;
    stage.kind('broken', async () => {
      if (!isMended) throw new Error('no luck');
      return 'mended';
    });
    const [id = 0] = await stage.ask({ kind: 'broken' });
    for (const failures of [1, 2]) {
      const waits = await stage.until(id, (task) => task.failures === failures && task.state === 'waiting');
      expect(Date.parse(waits.dueAt) - Date.parse(waits.now)).toBeLessThan(2_000 * failures);
      await dueNow(id);
    }
    expect(await stage.over(id)).toMatchObject({ state: 'failed', failures: 3, error: 'Error: no luck' });
    isMended = true;
    expect(await retryTask(pool(), { id, accountId: null })).toEqual({ outcome: 'retried', ids: [id] });
    await dueNow(id);
    expect(await stage.over(id)).toMatchObject({
      state: 'succeeded',
      result: 'mended',
      failures: 0,
      error: null,
    });
    expect(await retryTask(pool(), { id, accountId: null })).toEqual({ outcome: 'not failed' });
  });

  it.each([
    ['of no kind that there is', { kind: 'nonsense' }, /^kind: Expected one of .*, got nonsense$/],
    ['whose data is not as its kind says', { kind: 'typed', data: { size: 'L' } }, /^data: .*number/s],
    [
      'whose result is too large',
      { kind: 'large' },
      /^result: Expected at most 65536 bytes of JSON, got 70002$/,
    ],
    ['that says so itself', { kind: 'hopeless' }, /^never$/],
  ])('is a dead letter at once: one %s', async (_, task, error) => {
    stage.kind('typed', async () => null, { data: z.object({ size: z.number() }) });
    stage.kind('large', async () => 'x'.repeat(70_000));
    stage.kind('hopeless', async () => {
      throw new DeadLetter('never');
    });
    const [id = 0] = await stage.ask(task);
    const dead = await stage.over(id);
    expect(dead).toMatchObject({ state: 'failed', attempts: 1 });
    expect(dead.error).toMatch(error);
  });
  it('is put off without being counted when it asks for it', async () => {
    let isFull = true;
    stage.kind('patient', async () => {
      if (isFull) throw new RetryLater(60_000, 'full');
    });
    const [id = 0] = await stage.ask({ kind: 'patient' });
    const waits = await stage.until(id, (task) => task.state === 'waiting' && task.error !== null);
    expect(waits).toMatchObject({ error: 'full', failures: 0 });
    expect(Date.parse(waits.dueAt) - Date.parse(waits.now)).toBeGreaterThan(55_000);
    isFull = false;
    await dueNow(id);
    expect(await stage.over(id)).toMatchObject({ state: 'succeeded', error: null });
  });
});

describe('a time limit', () => {
  it('soft: tells the run, and counts as a failure', async () => {
    const reasons: unknown[] = [];
    const soft = { softMs: 100, hardMs: 10_000, attempts: 1 };
    stage.kind('listening', async ({ signal }) => Promise.reject(reasons.push(await aborted(signal))), soft);
    const [id = 0] = await stage.ask({ kind: 'listening' });
    expect(await stage.over(id)).toMatchObject({
      ...{ state: 'failed', error: 'TimeLimit: Took longer than 100 ms' },
    });
    expect(reasons).toEqual([expect.any(TimeLimit)]);
  });

  it('hard: takes the slot from a run that does not listen', async () => {
    stage.kind('deaf', () => new Promise(() => {}), { softMs: 50, hardMs: 150, attempts: 1 });
    const ids = await stage.ask(...Array.from({ length: 6 }, () => ({ kind: 'deaf' })));
    for (const id of ids) expect(await stage.over(id)).toMatchObject({ state: 'failed' });
    const [after = 0] = await stage.ask({});
    expect(await stage.over(after)).toMatchObject({ state: 'succeeded' });
  });
});

describe('cancelling', () => {
  it('before: it never runs', async () => {
    const [id = 0] = await stage.ask({ dueAt: new Date(Date.now() + 60_000) });
    expect(await cancelTask(pool(), { id, accountId: null })).toBe('cancelled');
    await stage.broker.publish('task', [{ key: 'stray', body: { taskId: id } }]);
    await eventually(async () =>
      expect(await stage.broker.depth('task')).toMatchObject({ waiting: 0, inFlight: 0 }),
    );
    expect(await stage.read(id)).toMatchObject({ state: 'cancelled', attempts: 0 });
    expect(await cancelTask(pool(), { id, accountId: null })).toBe('over');
  });

  it('during: the run is told within about a second, and is cancelled once it has stopped', async () => {
    const reasons: unknown[] = [];
    stage.kind('endless', async ({ signal }) => Promise.reject(reasons.push(await aborted(signal))));
    const [id = 0] = await stage.ask({ kind: 'endless' });
    await stage.until(id, (task) => task.state === 'running');
    expect(await cancelTask(pool(), { id, accountId: null })).toBe('requested');
    expect(await stage.over(id)).toMatchObject({ state: 'cancelled', failures: 0 });
    expect(reasons).toEqual([expect.any(Cancelled)]);
  });
});

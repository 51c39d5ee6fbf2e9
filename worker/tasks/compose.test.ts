import { afterAll, beforeAll, expect, it } from 'vitest';
import { transaction } from '#core/postgres.ts';
import { type Composition, composeTasks } from '#core/tasks/compose.ts';
import { handOver } from '#core/tasks/due.ts';
import { fileSize, writePiece } from '#core/tasks/file.ts';
import { retryTask } from '#core/tasks/retry.ts';
import { gate, openTaskStage, type TaskStage } from '#testing/task-stage.ts';

let stage: TaskStage;

beforeAll(async () => {
  stage = await openTaskStage();
  stage.kind('double', async ({ data, input }) => 2 * Number(input ?? data));
  stage.kind('sum', async ({ input }) => (Array.isArray(input) ? input.reduce((a, b) => a + b, 0) : null));
  for (const name of ['A', 'B']) stage.work(name);
});
afterAll(() => stage.close());

const pool = () => stage.world.postgres.pool;
const compose = async (...steps: Composition['steps']) => {
  const { id, first } = await transaction(pool(), (client) =>
    composeTasks(client, { name: 'composition', steps }),
  );
  await handOver(pool(), (queue, messages) => stage.broker.publish(queue, messages), first);
  return id;
};
const double = (data: number) => ({ kind: 'double', data });
const statesOf = async (id: number) => (await stage.read(id)).members.map(({ state }) => state);

it('a chain gives each task what the one before returned', async () => {
  const id = await compose(double(1), double(0), double(0));
  expect(await stage.over(id)).toMatchObject({ state: 'succeeded', result: 8, children: 3, childrenDone: 3 });
});

it('a group runs at the same time and returns all results in the order of asking', async () => {
  const id = await compose(Array.from({ length: 30 }, (_, n) => double(n)));
  const { result } = await stage.over(id);
  expect(result).toEqual(Array.from({ length: 30 }, (_, n) => 2 * n));
});
it('a group with a callback hands all results over once all are there', async () => {
  const id = await compose([double(1), double(2), double(3)], { kind: 'sum', data: {} });
  expect(await stage.over(id)).toMatchObject({ result: 12, children: 4, childrenDone: 4 });
});

it('a member that is given up fails the composition, whose later steps never start until it is retried', async () => {
  let isMended = false;
  stage.kind('member', async () => (isMended ? 10 : Promise.reject(new Error('torn'))), { attempts: 1 });
  const id = await compose([double(1), { kind: 'member', data: {} }], { kind: 'sum', data: {} });
  const failed = await stage.over(id);
  expect(failed).toMatchObject({ state: 'failed', childrenDone: 1, childrenFailed: 1 });
  expect(failed.error).toMatch(/^Step 1, member \(task \d+\): Error: torn$/);
  expect(await statesOf(id)).toEqual(['succeeded', 'failed', 'cancelled']);
  isMended = true;
  expect(await retryTask(pool(), { id, accountId: null })).toMatchObject({ outcome: 'retried' });
  expect(await stage.over(id)).toMatchObject({
    state: 'succeeded',
    result: 12,
    childrenFailed: 0,
    error: null,
  });
});
it('a composition that is asked for again while it runs is the same one, and asks for nothing', async () => {
  const { open, opened } = gate();
  stage.kind('held', () => opened);
  const ask = () =>
    transaction(pool(), (client) =>
      composeTasks(client, { name: 'keyed', uniqueKey: 'mine', steps: [{ kind: 'held', data: {} }] }),
    );
  const { id, first } = await ask();
  expect(first).toHaveLength(1);
  expect(await ask()).toEqual({ id, first: [] });
  await handOver(pool(), (queue, messages) => stage.broker.publish(queue, messages), first);
  open();
  expect((await stage.over(id)).members).toHaveLength(1);
  expect((await ask()).id).not.toBe(id);
});
it('files of earlier steps go when the composition succeeds, and stay for a retry when it fails', async () => {
  let isMended = false;
  stage.kind('writes', async (task) => {
    await writePiece(pool(), task, { number: 0, bytes: Buffer.from('piece') });
    return task.id;
  });
  stage.kind('reads', async ({ input }) => (isMended ? input : Promise.reject(new Error('torn'))), {
    attempts: 1,
  });
  const id = await compose({ kind: 'writes', data: {} }, { kind: 'reads', data: {} });
  const [writer] = (await stage.over(id)).members;
  expect(await fileSize(pool(), writer?.id ?? 0)).toBe(5);
  isMended = true;
  const retried = await retryTask(pool(), { id, accountId: null });
  expect(retried).toMatchObject({ outcome: 'retried' });
  expect(await stage.over(id)).toMatchObject({ state: 'succeeded', result: writer?.id });
  expect(await fileSize(pool(), writer?.id ?? 0)).toBeNull();
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { transaction } from '#core/postgres.ts';
import { openWorld, type World } from '#dev/testing/world.ts';
import { askTasks } from './ask.ts';
import { claimTasks } from './claim.ts';
import { claimDue } from './due.ts';
import { editTask } from './edit.ts';
import { expireTasks } from './expire.ts';
import { fileSize, readPieces, writePiece } from './file.ts';
import { finishTasks } from './finish.ts';
import { NotKept, toJson } from './json.ts';
import { readTask, readTasks } from './task.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const inAnHour = () => new Date(Date.now() + 3_600_000);
const ask = async (task = {}) => (await askTasks(pool(), [{ kind: 'any', data: {}, ...task }]))[0] ?? 0;

it('asking is a part of the transaction that asks', async () => {
  const asked = transaction(pool(), async (client) => {
    await askTasks(client, [{ kind: 'undone', data: {} }]);
    throw new Error('no');
  });
  await expect(asked).rejects.toThrow('no');
  expect(await readTasks(pool(), { kind: 'undone', limit: 1 })).toEqual([]);
});

it('ten thousand are asked for in one statement, in order', async () => {
  const asked = Array.from({ length: 10_000 }, (_, n) => ({ kind: 'many', data: n, dueAt: inAnHour() }));
  const ids = await askTasks(pool(), asked);
  expect(new Set(ids).size).toBe(10_000);
  expect(await readTask(pool(), ids[7_777] ?? 0)).toMatchObject({ data: 7_777 });
});

it('a task that has not started is edited; it is not taken before its new time', async () => {
  const id = await ask({ dueAt: new Date(), data: { text: 'early' } });
  expect(await editTask(pool(), id, { data: { text: 'late' }, dueAt: inAnHour() })).toBe('edited');
  expect(await claimTasks(pool(), [id], 'A')).toEqual([]);
  expect(await editTask(pool(), id, { dueAt: new Date() })).toBe('edited');
  expect(await claimTasks(pool(), [id], 'A')).toMatchObject([{ id, data: { text: 'late' } }]);
  expect(await editTask(pool(), id, { dueAt: inAnHour() })).toBe('started');
  expect(await editTask(pool(), 1_000_000_000, { dueAt: inAnHour() })).toBe('unknown');
});

it('two loops share what is due, and none takes it twice', async () => {
  const ids = await Promise.all([1, 2, 3, 4].map(() => ask({ dueAt: new Date() })));
  const [a, b] = await Promise.all([claimDue(pool(), 2), claimDue(pool(), 2)]);
  const found = [...a, ...b].map(({ id }) => id).sort((x, y) => x - y);
  expect(found).toEqual(ids.sort((x, y) => x - y));
  expect(await claimDue(pool(), 10)).toEqual([]);
});

it('a task is kept for its time after its end, and its file goes with it', async () => {
  const [short, long] = [await ask({ keepMs: 0, dueAt: new Date() }), await ask({ dueAt: new Date() })];
  for (const number of [0, 1]) await writePiece(pool(), short, number, Buffer.from(`piece ${number};`));
  const pieces: Buffer[] = [];
  for await (const piece of readPieces(pool(), short)) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe('piece 0;piece 1;');
  const claimed = await claimTasks(pool(), [short, long], 'A');
  await finishTasks(
    pool(),
    claimed.map((task) => ({ ...task, result: 'null' })),
  );
  await expect.poll(() => expireTasks(pool())).toBe(1);
  expect(await readTask(pool(), short)).toBeNull();
  expect(await fileSize(pool(), short)).toBeNull();
  expect(await readTask(pool(), long)).toMatchObject({ state: 'succeeded' });
});

it('lists the newest first, page by page, of one account or of all', async () => {
  const mine = [await ask({ accountId: 5 }), await ask({ accountId: 5 })];
  const other = await ask({ accountId: 6 });
  const pageOf = async (query: object) =>
    (await readTasks(pool(), { limit: 1, ...query })).map(({ id }) => id);
  expect(await pageOf({})).toEqual([other]);
  expect(await pageOf({ accountId: 5 })).toEqual([mine[1]]);
  expect(await pageOf({ accountId: 5, before: mine[1] })).toEqual([mine[0]]);
});

it.each([
  ['a NUL', 'a\0b'],
  ['half of a surrogate pair', { text: '\ud83d' }],
  ['more than 64 KB', 'x'.repeat(70_000)],
])('%s is refused by naming the field', (_, value) => {
  expect(() => toJson('data', value)).toThrow(NotKept);
  expect(() => toJson('data', value)).toThrow(/^data: Expected/);
});

it('what only looks like an escape is kept', () => {
  expect(toJson('data', 'C:\\u0000')).toBe('"C:\\\\u0000"');
});

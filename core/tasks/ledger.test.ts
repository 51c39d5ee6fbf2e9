import { afterAll, beforeAll, expect, it } from 'vitest';
import { transaction } from '#core/postgres.ts';
import { openWorld, type World } from '#testing/world.ts';
import { askTasks } from './ask.ts';
import { claimTasks, type TaskRef } from './claim.ts';
import { editTask } from './edit.ts';
import { expireTasks } from './expire.ts';
import { clearFile, fileSize, readPieces, writePiece } from './file.ts';
import { finishTasks } from './finish.ts';
import { toJson } from './json.ts';
import { readTask, readTasks } from './read-tasks.ts';

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
  expect(await readTasks(world.postgres, { kind: 'undone', limit: 1 })).toEqual([]);
});

it('ten thousand are asked for in one statement, in order', async () => {
  const asked = Array.from({ length: 10_000 }, (_, n) => ({ kind: 'many', data: n, dueAt: inAnHour() }));
  const ids = await askTasks(pool(), asked);
  expect(new Set(ids).size).toBe(10_000);
  expect(await readTask(world.postgres, ids[7_777] ?? 0)).toMatchObject({ data: 7_777 });
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

it('a worker whose claim was lost with a restore of the ledger writes nothing', async () => {
  const id = await ask({ dueAt: new Date() });
  const [lost] = await claimTasks(pool(), [id], 'A');
  await pool().query(
    `UPDATE task SET token = 0, state = 'waiting', attempts = 0, leased_until = due_at WHERE id = $1`,
    [id],
  );
  const [claimed] = await claimTasks(pool(), [id], 'B');
  if (!lost || !claimed) throw new Error('Expected both to get the task');
  const done = (task: TaskRef) => finishTasks(pool(), [{ ...task, result: toJson('result', {}) }]);
  expect((await done(lost)).written.size).toBe(0);
  expect((await done(claimed)).written.size).toBe(1);
});
const write = (claim: TaskRef, number: number, by: string) =>
  writePiece(pool(), claim, { number, bytes: Buffer.from(`${by}${number};`) });

async function read(taskId: number): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of readPieces(pool(), taskId)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

it('a worker that wakes up after another has its task writes no piece of the file, and removes none', async () => {
  const id = await ask({ dueAt: new Date() });
  const [frozen] = await claimTasks(pool(), [id], 'A');
  await pool().query(`UPDATE task SET leased_until = now() - interval '1 s' WHERE id = $1`, [id]);
  const [other] = await claimTasks(pool(), [id], 'B');
  if (!frozen || !other) throw new Error('Expected two claims');
  expect(await write(other, 0, 'B')).toBe(true);
  expect(await write(frozen, 0, 'A')).toBe(false);
  await clearFile(pool(), frozen);
  expect(await read(id)).toBe('B0;');
  await clearFile(pool(), other);
  expect(await read(id)).toBe('');
});

it('a task is kept for its time after its end, and its file goes with it', async () => {
  const [short, long] = [await ask({ keepMs: 0, dueAt: new Date() }), await ask({ dueAt: new Date() })];
  const claimed = await claimTasks(pool(), [short, long], 'A');
  const claim = claimed.find(({ id }) => id === short);
  if (!claim) throw new Error('Expected a claim');
  for (const number of [0, 1]) expect(await write(claim, number, 'A')).toBe(true);
  expect(await read(short)).toBe('A0;A1;');
  await finishTasks(
    pool(),
    claimed.map((task) => ({ ...task, result: 'null' })),
  );
  await expect.poll(() => expireTasks(pool())).toBe(1);
  expect(await readTask(world.postgres, short)).toBeNull();
  expect(await fileSize(pool(), short)).toBeNull();
  expect(await readTask(world.postgres, long)).toMatchObject({ state: 'succeeded' });
});

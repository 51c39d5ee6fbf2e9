import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RowsRead, rowsRead } from '#testing/rows-read.ts';
import { openWorld, type World } from '#testing/world.ts';
import { askTasks } from './ask.ts';
import { claimByKey, claimTasks } from './claim.ts';
import { discardDeadTasks, findDeadTasks, readDeadTasks } from './dead.ts';
import { claimDue, handOver, msUntilDue } from './due.ts';
import { expireTasks } from './expire.ts';
import { failTask } from './fail.ts';
import { finishTasks } from './finish.ts';
import { giveBackTask, putOffTask } from './put-off.ts';
import { renewTasks } from './renew.ts';

/**
 * However many tasks wait or are kept, a look reads what is due and a statement its own. Postgres' statistics are of an
 * idle moment, as they are on most days: they promise next to no task that is unfinished, and there are ten thousand.
 */
const MANY = 10_000;

let world: World;
let read: RowsRead;

beforeAll(async () => {
  world = await openWorld();
  read = rowsRead(world, 'task');
  await askMany({});
  await pool().query(
    `UPDATE task SET state = 'succeeded', finished_at = now(), expires_at = now() + interval '1 day'`,
  );
  await pool().query('VACUUM ANALYZE task');
  await askMany({ dueAt: new Date(Date.now() + 3_600_000) });
});
afterAll(async () => {
  await read.close();
  await world.close();
});

const pool = () => world.postgres.pool;
const askMany = (more: object) =>
  askTasks(
    pool(),
    Array.from({ length: MANY }, () => ({ kind: 'many', data: {}, ...more })),
  );
const ask = (more = {}) => askTasks(pool(), [{ kind: 'one', data: {}, ...more }]);

it('a look for what is due, for what is due next, for what has expired', async () => {
  const due = await ask({ dueAt: new Date() });
  const rows = await read.by(async (pool) => {
    expect((await claimDue(pool, 1_000)).map(({ id }) => id)).toEqual(due);
    await msUntilDue(pool);
    await expireTasks(pool);
  });
  expect(rows).toBeLessThan(100);
});

it('publishing, claiming, renewing, and every end of a run', async () => {
  const ids = (await Promise.all([1, 2, 3, 4, 5].map(() => ask()))).flat();
  await ask({ uniqueKey: 'called' });
  const rows = await read.by(async (pool) => {
    await handOver(pool, async () => {}, ids);
    const alone = await claimTasks(pool, ids.slice(0, 1), 'A');
    const [putOff, givenBack, failed, ...others] = await claimTasks(pool, ids.slice(1), 'A');
    if (!putOff || !givenBack || !failed) throw new Error('Expected four claims');
    const finished = [...alone, ...others].map((task) => ({ ...task, progress: null, result: '1' }));
    await renewTasks(pool, finished);
    await putOffTask(pool, putOff, { delayMs: 60_000, reason: null });
    await giveBackTask(pool, givenBack);
    await failTask(pool, failed, { kind: 'failed', error: '', attempts: 3 });
    expect((await finishTasks(pool, finished)).written.size).toBe(2);
    expect(await claimByKey(pool, 'called', 'A')).not.toBeNull();
  });
  expect(rows).toBeLessThan(200);
});

it('the lists of dead letters, and discarding one', async () => {
  const [id = 0] = await ask();
  const [claimed] = await claimTasks(pool(), [id], 'A');
  if (!claimed) throw new Error('Expected to claim the task');
  await failTask(pool(), claimed, { kind: 'given up', error: 'broken' });
  const rows = await read.by(async (pool) => {
    expect((await readDeadTasks(pool, 100)).map((task) => task.id)).toEqual([id]);
    expect(await findDeadTasks(pool, { error: 'broken' }, 100)).toEqual([id]);
    expect(await discardDeadTasks(pool, { id })).toHaveLength(1);
  });
  expect(rows).toBeLessThan(100);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { addUsers } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { askTasks } from './ask.ts';
import { claimTasks } from './claim.ts';
import { discardDeadTasks, findDeadTasks, readDeadTasks } from './dead.ts';
import { failTask } from './fail.ts';
import { readTask } from './read-tasks.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [7]);
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;

async function giveUp(error: string, accountId?: number): Promise<number> {
  const [id = 0] = await askTasks(pool(), [{ kind: 'any', data: {}, accountId }]);
  const [claimed] = await claimTasks(pool(), [id], 'A');
  if (!claimed) throw new Error('Expected to claim the task');
  await failTask(pool(), claimed, { kind: 'given up', error });
  return id;
}

it('lists what was given up: whose, what of, how often; and discards one, or those of one error', async () => {
  const [full, other, same] = [await giveUp('full', 7), await giveUp('broken'), await giveUp('broken')];
  const listed = await readDeadTasks(pool(), 10);
  expect(listed.map(({ id }) => id)).toEqual([same, other, full]);
  expect(listed[2]).toMatchObject({ kind: 'any', handle: expect.any(String), error: 'full', attempts: 1 });
  expect(listed[0]).toMatchObject({ handle: null, error: 'broken' });
  expect(await findDeadTasks(pool(), { error: 'broken' }, 10)).toEqual([other, same]);
  expect(await discardDeadTasks(pool(), { id: full })).toEqual([7]);
  expect(await readTask(world.postgres, full)).toMatchObject({ state: 'cancelled', error: 'full' });
  expect(await findDeadTasks(pool(), {}, 10)).toEqual([other, same]);
  expect(await discardDeadTasks(pool(), { error: 'broken' })).toHaveLength(2);
  expect(await readDeadTasks(pool(), 10)).toEqual([]);
});

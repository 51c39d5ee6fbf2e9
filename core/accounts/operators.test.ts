import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigError } from '#core/config.ts';
import { addDemoAccount, addUsers } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { isOperator, refuseUnknownOperators } from './operators.ts';

let world: World;
let empty: World;
beforeAll(async () => {
  [world, empty] = [await openWorld(), await openWorld()];
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  await addDemoAccount(world.postgres.pool, { id: 2, handle: 'olga' });
  await addUsers(world.postgres.pool, [200]);
});
afterAll(async () => {
  await world.close();
  await empty.close();
});

const never = new AbortController().signal;
const named = (...OPERATORS: string[]) => ({ OPERATORS });

test('the setting alone says who is an operator', () => {
  expect(isOperator(named('olga'), { handle: 'olga' })).toBe(true);
  expect(isOperator(named('olga'), { handle: 'ada' })).toBe(false);
  expect(isOperator(named(), { handle: 'ada' })).toBe(false);
});
test.each(['user200', 'nobody_here'])('%s, whom nobody can sign in, is refused by name', async (handle) => {
  const refused = refuseUnknownOperators(named('ada', handle), world.postgres.prisma, never);
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(
    `OPERATORS: Expected handles of demo accounts, got ${handle}. There are ada, olga. Name some of these, or leave`,
  );
});

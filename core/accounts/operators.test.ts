import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ConfigError } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { eventually } from '#testing/eventually.ts';
import { Link } from '#testing/link.ts';
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

test('handles of demo accounts pass, and so does nobody', async () => {
  await refuseUnknownOperators(named('ada', 'olga'), world.postgres.prisma, never);
  await refuseUnknownOperators(named(), world.postgres.prisma, never);
});

test.each(['user200', 'nobody_here'])('%s, whom nobody can sign in, is refused by name', async (handle) => {
  const refused = refuseUnknownOperators(named('ada', handle), world.postgres.prisma, never);
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(
    `OPERATORS: Expected handles of demo accounts, got ${handle}. There are ada, olga. Name some of these, or leave`,
  );
});

test('a Postgres that is away is asked again, until it can be reached', async () => {
  const link = await Link.open(Number(new URL(world.databaseUrl).port));
  link.cut();
  const url = world.databaseUrl.replace(/:\d+\//, `:${link.port}/`);
  const { prisma, close } = openPostgres({ url, max: 1, name: 'through a link', answerMs: 1_000 });
  const asked = vi.spyOn(prisma.user, 'findMany');
  const refused = expect(refuseUnknownOperators(named('nobody_here'), prisma, never)).rejects.toThrow(
    ConfigError,
  );
  await eventually(() => expect(asked.mock.calls.length).toBeGreaterThan(1)); // the first one failed
  link.heal();
  await refused;
  await close();
  await link.close();
});

test('a database that is not seeded yet refuses nobody, and is asked again', async () => {
  const { pool, prisma } = empty.postgres;
  const asked = vi.spyOn(prisma.user, 'findMany');
  const refused = expect(refuseUnknownOperators(named('nobody_here'), prisma, never)).rejects.toThrow(
    'There are ada.',
  );
  await eventually(() => expect(asked).toHaveBeenCalled());
  await addDemoAccount(pool, { id: 1, handle: 'ada' });
  await refused;
});

test('the question ends when the process does', async () => {
  await refuseUnknownOperators(named('nobody_here'), world.postgres.prisma, AbortSignal.abort());
});

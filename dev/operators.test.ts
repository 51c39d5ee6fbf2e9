import { expect, test } from 'vitest';
import { celebrity } from '#prisma/seed/demo/celebrity.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWorld } from '#testing/world.ts';
import { checkOperators, demoOperator, demoRole, operatorsFor } from './operators.ts';

const operators = (env: Record<string, string>) => operatorsFor({ NODE_ENV: 'test', ...env });

test('a demo on servers of its own has one operator, who is not the celebrity', () => {
  expect(operators({})).toBe(demoOperator.handle);
  expect(operators({ OPERATORS: '', BROKER: 'rabbitmq' })).toBe(demoOperator.handle);
  expect(operators({ BROKER: 'sqs' })).toBe(demoOperator.handle);
  expect(demoOperator.handle).not.toBe(celebrity.handle);
});

test.each([
  { DATABASE_URL: 'postgres://x' },
  { QUEUE_REDIS_URL: 'redis://x' },
  { TIMELINE_REDIS_URL: 'redis://x' },
  { BROKER: 'rabbitmq', RABBITMQ_URL: 'amqp://x' },
  { BROKER: 'sqs', SQS_ENDPOINT: 'http://x' },
  { BROKER: 'sqs', AWS_PROFILE: 'me' },
])('nobody gets the role on a server that others may use too: %o', (env) => {
  expect(operators(env)).toBe('');
  expect(operators({ ...env, OPERATORS: 'ada' })).toBe('ada');
});

test('the start says who got a role that nobody asked for, and says nothing of any other', () => {
  const said = (env: Record<string, string>) => demoRole({ NODE_ENV: 'test', ...env });
  expect(said({})).toBe('OPERATORS is unset: Hana Murakoshi (hana_reads) is the operator of this demo');
  expect(said({ OPERATORS: 'ada' })).toBeNull();
  expect(said({ DATABASE_URL: 'postgres://x' })).toBeNull();
});

test('OPERATORS decides wherever it is set, also that nobody has the role', () => {
  expect(operators({ OPERATORS: 'ada,bob' })).toBe('ada,bob');
  expect(operators({ OPERATORS: ',' })).toBe(',');
});

test('a handle that nobody has ends the start before anything is seeded, and by the data afterwards', async () => {
  const world = await openWorld();
  const check = (OPERATORS: string) => checkOperators(world.databaseUrl, { NODE_ENV: 'test', OPERATORS });
  await check(demoOperator.handle);
  await check(',');
  await expect(check('olga')).rejects.toThrow(
    /^OPERATORS: Expected handles of demo accounts, got olga\. There are maren_tveit, /,
  );
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'olga' });
  await check('olga');
  await expect(check(demoOperator.handle)).rejects.toThrow('There are olga. Name some of these, or leave');
  await world.close();
});

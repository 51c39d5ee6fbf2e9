import { expect, test } from 'vitest';
import { celebrity } from '#prisma/seed/demo/celebrity.ts';
import { DEMO_OPERATOR, operatorsFor } from './operators.ts';

const operators = (env: Record<string, string>) => operatorsFor({ NODE_ENV: 'test', ...env });

test('a demo on servers of its own has one operator, who is not the celebrity', () => {
  expect(operators({})).toBe(DEMO_OPERATOR);
  expect(operators({ OPERATORS: '', BROKER: 'rabbitmq' })).toBe(DEMO_OPERATOR);
  expect(operators({ BROKER: 'sqs' })).toBe(DEMO_OPERATOR);
  expect(DEMO_OPERATOR).not.toBe(celebrity.handle);
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

test('OPERATORS decides wherever it is set, also that nobody has the role', () => {
  expect(operators({ OPERATORS: 'ada,bob' })).toBe('ada,bob');
  expect(operators({ OPERATORS: ',' })).toBe(',');
});

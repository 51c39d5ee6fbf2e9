import { expect, test } from 'vitest';
import { requireVariables } from './environment.ts';

test.each([{}, { BROKER: 'rabbitmq' }, { BROKER: 'sqs' }, { BROKER: '', DATABASE_URL: '', PORT: '' }])(
  'what a start makes by itself is not asked for: %o',
  (env) => {
    expect(requireVariables({ ...env, NODE_ENV: 'test' })).toMatchObject({ PORT: 3_000, MAX_WAIT_S: 10 });
  },
);

test('credentials for Amazon ask for a region', () => {
  const amazon = { NODE_ENV: 'test', BROKER: 'sqs', AWS_ACCESS_KEY_ID: 'x' } as const;
  expect(() => requireVariables(amazon)).toThrow(
    'AWS_REGION: Expected a region such as eu-central-1, got none',
  );
  expect(requireVariables({ ...amazon, AWS_REGION: 'eu-central-1' })).toMatchObject({ BROKER: 'sqs' });
});

import { expect, test } from 'vitest';
import { isLabOn } from './open-lab.ts';

const isOn = (env: Record<string, string>, mode: 'start' | 'dev' = 'start') =>
  isLabOn({ NODE_ENV: 'test', ...env }, mode);

test('the lab is on where all servers are started here, unless LAB=0 switches it off', () => {
  expect(isOn({})).toBe(true);
  expect(isOn({ LAB: '', BROKER: 'rabbitmq' })).toBe(true);
  expect(isOn({ LAB: '0' })).toBe(false);
});

test.each([
  { DATABASE_URL: 'postgres://x' },
  { QUEUE_REDIS_URL: 'redis://x' },
  { TIMELINE_REDIS_URL: 'redis://x' },
  { BROKER: 'rabbitmq', RABBITMQ_URL: 'amqp://x' },
  { BROKER: 'sqs', AWS_PROFILE: 'me' },
])('on a server that others may use it is off, unless LAB=1 switches it on: %o', (env) => {
  expect(isOn(env)).toBe(false);
  expect(isOn({ ...env, LAB: '1' })).toBe(true);
});

test('there is none with hot reload, whatever LAB says', () => {
  expect(isOn({ LAB: '1' }, 'dev')).toBe(false);
});

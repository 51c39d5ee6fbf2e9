import { expect, test } from 'vitest';
import { readConfig } from '#core/config.ts';
import { brokerVariables } from './variables.ts';

const others = {
  DATABASE_URL: 'postgres://127.0.0.1/x',
  TIMELINE_REDIS_URL: 'redis://127.0.0.1',
  SESSION_SECRET: 'long enough to sign',
};
const read = (env: Record<string, string>) => readConfig(brokerVariables, { ...others, ...env });

test('without a choice it is BullMQ', () => {
  expect(read({ QUEUE_REDIS_URL: 'redis://127.0.0.1' })).toMatchObject({ BROKER: 'bullmq' });
});

test('an unknown broker is named, with those that there are', () => {
  expect(() => read({ BROKER: 'kafka' })).toThrow('BROKER: Expected bullmq, rabbitmq, sqs, got "kafka"');
});

test('each broker asks for its own variables, and for no other’s', () => {
  expect(() => read({ BROKER: 'bullmq' })).toThrow(/QUEUE_REDIS_URL: Expected .* redis:\/\//);
  expect(() => read({ BROKER: 'rabbitmq' })).toThrow(/RABBITMQ_URL: Expected .* amqp:\/\//);
  const wrong = (url: string) => () => read({ BROKER: 'rabbitmq', RABBITMQ_URL: url });
  expect(wrong('http://x')).toThrow(
    'RABBITMQ_URL: Expected a URL that starts with amqp:// or amqps://, got one that starts with http://',
  );
  expect(wrong('amqp://x:port')).toThrow('got one that cannot be read');
  expect(() => read({ BROKER: 'sqs' })).toThrow(
    'AWS_REGION: Expected a region such as eu-central-1, got none',
  );
  expect(read({ BROKER: 'sqs', AWS_REGION: 'eu-central-1' })).toMatchObject({
    SQS_QUEUE_PREFIX: 'tweet-fanout',
  });
});
test('every variable that is wrong is named at once', () => {
  const wrong = () => readConfig(brokerVariables, { BROKER: 'rabbitmq' });
  for (const name of ['DATABASE_URL', 'SESSION_SECRET', 'RABBITMQ_URL']) expect(wrong).toThrow(name);
});

test.each([
  ['QUEUE_REDIS_URL', { BROKER: 'bullmq' }],
  ['RABBITMQ_URL', { BROKER: 'rabbitmq' }],
  ['SQS_ENDPOINT', { BROKER: 'sqs', AWS_REGION: 'eu-central-1' }],
])('a %s that is refused is not printed: there is a password in it', (name, chosen) => {
  for (const url of [
    'mysql://me:hunter2@x',
    'me:hunter2@x',
    'amqp://me:hunter2@x:port',
    'redis://x:hunter2/1',
    'amqp://a,amqp://me:hunter2@x:port',
  ])
    expect(() => read({ ...chosen, [name]: url })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
});

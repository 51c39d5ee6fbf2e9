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
  expect(() => read({ BROKER: 'rabbitmq', RABBITMQ_URL: 'http://x' })).toThrow('got "http://x"');
  expect(() => read({ BROKER: 'rabbitmq', RABBITMQ_URL: 'amqp://x:port' })).toThrow('got "amqp://x:port"');
  expect(() => read({ BROKER: 'sqs' })).toThrow('AWS_REGION: Expected a region');
  expect(read({ BROKER: 'sqs', AWS_REGION: 'eu-central-1' })).toMatchObject({
    SQS_QUEUE_PREFIX: 'tweet-fanout',
  });
});

test('every variable that is wrong is named at once', () => {
  const wrong = () => readConfig(brokerVariables, { BROKER: 'rabbitmq' });
  for (const name of ['DATABASE_URL', 'SESSION_SECRET', 'RABBITMQ_URL']) expect(wrong).toThrow(name);
});

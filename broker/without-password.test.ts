import { expect, test } from 'vitest';
import { explain as explainRabbitmq } from './rabbitmq-connection.ts';
import { explain as explainSqs } from './sqs-mistakes.ts';

test('no broker tells the password of its URL with what went wrong', () => {
  const cause = new Error('away');
  expect(explainRabbitmq(cause, 'amqp://me:hunter2@x/y')).toBe(
    'RabbitMQ (RABBITMQ_URL, amqp://me:***@x/y): away',
  );
  const found = { region: 'eu-central-1', endpoint: 'http://me:hunter2@x', accessKeyId: null };
  expect(explainSqs(cause, found)).toContain('credentials for http://me:***@x/, found none');
});

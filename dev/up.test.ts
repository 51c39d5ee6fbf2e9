import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openTempFolder } from './temp-folder.ts';
import { run } from './up.ts';

let folder: ReturnType<typeof openTempFolder>;
beforeEach(() => {
  folder = openTempFolder('up');
  vi.stubEnv('DATA_DIR', join(folder.dir, 'data'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  folder.remove();
});

/** Runs a start that must fail. Returns what it said, and checks that it has made nothing. */
async function start(env: Record<string, string>, args: string[] = []): Promise<string> {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  expect(await run('start', args)).toBe(1);
  expect(existsSync(join(folder.dir, 'data'))).toBe(false);
  return said.mock.calls.join('\n');
}

test('every wrong variable ends the start at once, by its name and without its password', async () => {
  const said = await start({
    ...{ MAX_WAIT_S: 'abc', PORT: '80000', CHUNK_SIZE: '0', SESSION_SECRET: 'short' },
    ...{ DATABASE_URL: 'mysql://me:hunter2@x/y', TIMELINE_REDIS_URL: 'localhost:6379' },
  });
  for (const line of [
    'DATABASE_URL: Expected a URL that starts with postgres:// or postgresql://, got one that starts with mysql://',
    'TIMELINE_REDIS_URL: Expected a URL that starts with redis:// or rediss://, or redis-cluster:// and the nodes of a cluster, separated by commas, got one without a protocol',
    'SESSION_SECRET: Expected 16 to 10000 characters, got 5',
    'PORT: Expected a whole number from 1 to 65535, got "80000"',
    'MAX_WAIT_S: Expected a whole number from 1 to 3600, got "abc"',
    'CHUNK_SIZE: Expected a whole number from 1 to 5000, got "0"',
  ])
    expect(said).toContain(line);
  expect(said).not.toContain('hunter2');
});

test.each([
  ['an unknown broker', { BROKER: 'kafka' }, [], 'BROKER: Expected bullmq, rabbitmq, sqs, got "kafka"'],
  ['an unknown broker as an argument', {}, ['--broker', 'kafka'], 'BROKER: Expected bullmq, rabbitmq, sqs'],
  ['the address of another broker', { BROKER: 'rabbitmq', RABBITMQ_URL: 'redis://x' }, [], 'RABBITMQ_URL: '],
  ['Amazon without a region', { BROKER: 'sqs', AWS_PROFILE: 'me', AWS_REGION: '' }, [], 'AWS_REGION: '],
])('%s ends the start at once', async (_, env, args, says) => {
  expect(await start(env, args)).toContain(says);
});

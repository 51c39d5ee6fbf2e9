import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WRONG_CONFIG } from '#core/config.ts';
import { nodeArgs, ROOT } from '#dev/paths.ts';
import { freePort } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { startClusterNode } from '#testing/cluster.ts';
import { openWorld, type World } from '#testing/world.ts';

const folder = openTempFolder('worker');
let world: World;
let node: Awaited<ReturnType<typeof startClusterNode>>;
beforeAll(async () => {
  world = await openWorld();
  node = await startClusterNode(folder.dir);
});
afterAll(async () => {
  await node.stop();
  await world.close();
  folder.remove();
});

/** Runs a worker until it ends by itself. */
async function endOf(wrong: Record<string, string>) {
  const lines: string[] = [];
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = world;
  const worker = startProgram({
    name: 'worker',
    command: process.execPath,
    args: nodeArgs('worker/main.ts'),
    cwd: ROOT,
    env: {
      ...{ ...process.env, DATABASE_URL: databaseUrl, SESSION_SECRET: 'nobody signs in to this' },
      ...{ QUEUE_REDIS_URL: queueRedisUrl, TIMELINE_REDIS_URL: timelineRedisUrl, ...wrong },
    },
    output: (line) => lines.push(line),
  });
  const { code } = await worker.exited;
  return { code, said: lines.join('\n') };
}

test('a worker ends for good when a variable is wrong, and names it', async () => {
  const { code, said } = await endOf({ MAX_WAIT_S: 'abc', TIMELINE_REDIS_URL: 'mysql://me:hunter2@x' });
  expect(code).toBe(WRONG_CONFIG);
  expect(said).toMatch(
    /TIMELINE_REDIS_URL: Expected a URL .*\n.*MAX_WAIT_S: Expected a whole number .* got "abc"/,
  );
  expect(said).not.toContain('hunter2');
});

test.each(['QUEUE_REDIS_URL', 'TIMELINE_REDIS_URL'])(
  'a worker ends for good when %s leads to a Redis Cluster',
  async (name) => {
    const { code, said } = await endOf({ [name]: node.url });
    expect(said).toMatch(new RegExp(`^${name}: Expected a single Redis`, 'm'));
    expect(code).toBe(WRONG_CONFIG);
  },
);

test('a worker ends for good when METRICS_PORT is taken, and says what to do', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const { code, said } = await endOf({ METRICS_PORT: String(port) });
  other.close();
  expect(said).toMatch(
    `METRICS_PORT: Expected a port that nobody listens on, ${port} is taken. Choose another`,
  );
  expect(code).toBe(WRONG_CONFIG);
});

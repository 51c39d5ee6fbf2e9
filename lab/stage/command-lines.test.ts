import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startChild } from '#broker/conformance/child.ts';
import { startLimits } from '#lab/bench/read/limits.ts';
import { startTrapped } from '#testing/crash-points/trapped-process.ts';
import { startHangingWorker } from '#testing/hanging-worker/hanging-worker.ts';
import { openWorld, type World } from '#testing/world.ts';
import { startScript } from './start-script.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** What every user of the machine can read about all processes. */
const processList = () => spawnSync('ps', ['-eww', '-o', 'args'], { encoding: 'utf8' }).stdout;

/** Starts what a bench, a test and chaos start besides the servers, each with URLs that hold passwords. */
async function startAll(): Promise<string[]> {
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = world;
  const urls = { databaseUrl, queueRedisUrl, timelineRedisUrl };
  const env = {
    ...{ ...process.env, DATABASE_URL: databaseUrl, QUEUE_REDIS_URL: queueRedisUrl },
    ...{ TIMELINE_REDIS_URL: timelineRedisUrl, SESSION_SECRET: 'a secret of the tests' },
  };
  const onEnd = (end: () => unknown) => onTestFinished(async () => void (await end()));
  const tools = { log: () => {}, onEnd };
  startScript(['worker/main.ts'], { name: 'worker', env }, tools);
  await startLimits({ timelineRedisUrl }, { ...tools, env });
  const gap = { side: 'before', call: 'sql', of: 'what nobody asks' } as const;
  const trapped = startTrapped({ who: 'worker', gap, signal: 'SIGKILL', urls, drafts: [], chunkSize: 10 });
  onTestFinished(() => trapped.signal('SIGKILL'));
  const hanging = startHangingWorker('hanging', urls);
  onTestFinished(() => void hanging.kill('SIGKILL'));
  const config = { BROKER: 'bullmq', QUEUE_REDIS_URL: queueRedisUrl } as const;
  const child = startChild({ queue: 'delivery', config });
  onTestFinished(() => child.kill());
  return [
    ...['worker/main', 'read/limits-process', 'crash-points/child', 'hanging-worker/child'],
    'conformance/child-process',
  ];
}

it('passwords stand in the command line of no process that a bench, a test or chaos starts', async () => {
  const programs = await startAll();
  const listed = processList();
  for (const program of programs) expect(listed).toContain(program);
  for (const url of [world.databaseUrl, world.queueRedisUrl, world.timelineRedisUrl]) {
    const { password } = new URL(url);
    expect(password).toMatch(/^.{16,}$/);
    expect(listed).not.toContain(password);
  }
});

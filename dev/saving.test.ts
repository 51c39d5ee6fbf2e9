import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { openRedis } from '#core/redis.ts';
import { eventually } from '#testing/eventually.ts';
import { nodeArgs, ROOT } from './paths.ts';
import { livePid, pidFileOf } from './pid-file.ts';
import { type Running, startProgram } from './program.ts';
import { startRedis } from './redis.ts';
import { openTempFolder } from './temp-folder.ts';

/** These tests start processes. On a busy machine each takes several seconds. */
const PATIENT = { timeout: 60_000 };

let folder: ReturnType<typeof openTempFolder>;
let lines: string[];
beforeEach(() => {
  folder = openTempFolder('saving');
  lines = [];
});
afterEach(() => folder.remove());

const told = z.object({ url: z.string() });

/** Servers as `npm start` runs them, with so many timelines, each of which takes so long to save. */
async function startWith(timelines: number, msEach: number): Promise<Running> {
  const { databaseUrl, queueRedisUrl } = inject('servers');
  const heard: unknown[] = [];
  const running = startProgram({
    ...{ name: 'servers', command: process.execPath, cwd: ROOT, output: (line) => lines.push(line) },
    args: nodeArgs('testing/servers-process.ts'),
    env: { ...process.env, SERVERS: JSON.stringify({ dataDir: folder.dir, databaseUrl, queueRedisUrl }) },
    messages: (message) => heard.push(message),
  });
  const { url } = await eventually(() => told.parse(heard[0]));
  const redis = openRedis(url, 'test');
  await redis.mset(
    Object.fromEntries(Array.from({ length: timelines }, (_, n) => [`h:${n}`, 'x'.repeat(500)])),
  );
  await redis.config('SET', 'rdb-key-save-delay', msEach * 1_000);
  redis.disconnect();
  return running;
}

/** How many timelines are there after the next start. */
async function countAfterStart(): Promise<number> {
  const server = await startRedis({ role: 'timelines', dataDir: folder.dir });
  const redis = openRedis(server.url, 'test');
  const count = await redis.dbsize();
  redis.disconnect();
  await server.stop(5_000);
  return count;
}

const saysThatItSaves = () => eventually(() => expect(lines.join('\n')).toMatch(/saving the timelines/));

test('a stop waits until the timelines are saved, and says so', PATIENT, async () => {
  const running = await startWith(500, 5);
  process.kill(running.pid, 'SIGINT');
  await saysThatItSaves();
  expect(await running.exited).toEqual({ code: 0, signal: null });
  expect(await countAfterStart()).toBe(500);
});

test('a second Ctrl-C ends a save at once, and says what that costs', PATIENT, async () => {
  const running = await startWith(500, 60_000);
  process.kill(running.pid, 'SIGINT');
  await saysThatItSaves();
  process.kill(running.pid, 'SIGINT');
  expect(await running.exited).toEqual({ code: 1, signal: null });
  expect(lines.join('\n')).toMatch(/before the timelines were saved\. They are cold at the next start/);
  await eventually(() => expect(livePid(pidFileOf(folder.dir, 'timelines'))).toBeUndefined());
  expect(await countAfterStart()).toBe(0);
});

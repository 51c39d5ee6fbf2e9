import { afterAll, expect, it } from 'vitest';
import { ROOT } from '#dev/paths.ts';
import { freePort } from '#dev/ports.ts';
import { type Running, startProgram } from '#dev/program.ts';
import { eventually } from '#testing/eventually.ts';
import { openWebStage } from '#testing/web-stage.ts';
import { openWorld } from '#testing/world.ts';
import { COLLECTS, isMore, measureHeld, untilNothingLeft } from './web-at-rest.ts';

/** Serves its own figures. At `/keep` and at `/drop` it takes 200 MB. It keeps the first and forgets the second. */
const SERVER = `
  const { collectDefaultMetrics, register } = require('prom-client');
  collectDefaultMetrics();
  const kept = [];
  require('node:http').createServer(async ({ url }, answer) => {
    for (let n = 0; n < 200 && url !== '/metrics'; n++) {
      const piece = Buffer.alloc(1024 * 1024, n);
      if (url === '/keep') kept.push(piece);
    }
    answer.end(await register.metrics());
  }).listen(process.argv[1], '127.0.0.1');
`;

let running: Running | undefined;
afterAll(() => running?.stop(1_000));

it('sees memory that is kept, and none that only waits for its collection', async () => {
  const port = await freePort();
  const env = { ...process.env, NODE_OPTIONS: COLLECTS };
  const args = ['--eval', SERVER, String(port)];
  running = startProgram({ name: 'web', command: process.execPath, args, env, cwd: ROOT, output: () => {} });
  const web = { url: `http://127.0.0.1:${port}`, pid: running.pid };
  await eventually(() => fetch(web.url));
  const before = await measureHeld(web);
  await fetch(`${web.url}/drop`);
  expect(isMore(await measureHeld(web), before)).toBe(false);
  await fetch(`${web.url}/keep`);
  const after = await measureHeld(web);
  expect(isMore(after, before)).toBe(true);
  expect(after.inUseMb - before.inUseMb).toBeGreaterThan(150);
});

it('names what is left over, and nothing once it is gone', async () => {
  const world = await openWorld();
  const stage = await openWebStage(world);
  const stream = await fetch(`${stage.url}/api/stream?topics=status`);
  expect(await untilNothingLeft(stage.url, 300)).toEqual(['streams_open is 1 with nothing sent']);
  await stream.body?.cancel();
  expect(await untilNothingLeft(stage.url)).toEqual([]);
  await stage.stop();
  await world.close();
});

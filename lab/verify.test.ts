import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { timelineKey } from '#core/timelines/timeline.ts';
import { ROOT } from '#dev/paths.ts';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let tweetId: number;
beforeAll(async () => {
  world = await openWorld();
  const store = { redis: world.timelines, shards: 1, cap: 100 };
  tweetId = await deliverTweet(world.postgres.pool, store, { authorId: 1, followers: 10 });
});
afterAll(() => world.close());

type Result = { code: number; output: string; json: Record<string, unknown> };

/** Runs `npm run verify` on the servers of this world. */
function verify(...args: string[]): Promise<Result> {
  const env = {
    ...process.env,
    DATABASE_URL: world.databaseUrl,
    TIMELINE_REDIS_URL: world.timelineRedisUrl,
  };
  const command = ['dev/start.mjs', 'verify', ...args, '--json'];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: ROOT, env }, (error, output, errors) => {
      const last = output.trim().split('\n').at(-1) ?? '';
      const json = last.startsWith('{') ? JSON.parse(last).verify : {};
      resolve({ code: Number(error?.code ?? 0), output: output + errors, json });
    });
  });
}

it('reads back what was delivered of late, and says that all of it is there', async () => {
  const { code, json } = await verify();
  expect(json).toMatchObject({ expected: 10, present: 10, missing: 0, twice: 0, breaches: [] });
  expect(code).toBe(0);
});

it('fails, with examples, when one tweet is missing here and twice there', async () => {
  await world.timelines.lrem(timelineKey(3, { shards: 1 }), 1, tweetId);
  await world.timelines.lpush(timelineKey(4, { shards: 1 }), tweetId);
  const { code, output, json } = await verify('--tweet', String(tweetId));
  expect(json).toMatchObject({ present: 9, missing: 1, twice: 1 });
  expect(output).toContain(`tweet ${tweetId}: missing for users 3, twice for 4`);
  expect(code).toBe(1);
});

it('says so when there is no such delivery', async () => {
  const { code, output } = await verify('--tweet', '999999');
  expect(output).toContain('Tweet 999999 is not delivered.');
  expect(code).toBe(1);
});

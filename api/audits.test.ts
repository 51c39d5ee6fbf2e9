import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let stage: WebStage;
let tweetId: number;
beforeAll(async () => {
  world = await openWorld();
  stage = await openWebStage(world);
  const store = { redis: world.timelines, shards: 1, cap: 800 };
  tweetId = await deliverTweet(world.postgres.pool, store, { authorId: 1, followers: 10 });
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const path = (id = tweetId) => `${stage.url}/api/tweets/${id}/audit`;
const audit = (init?: RequestInit) => fetch(path(), { ...init, method: 'POST' });

let letGo: (() => Promise<void>) | undefined;
afterEach(() => letGo?.());

/** Audits cannot read who follows until they are let go. */
async function holdAudits(): Promise<void> {
  const client = await world.postgres.pool.connect();
  await client.query('BEGIN; LOCK TABLE follow IN ACCESS EXCLUSIVE MODE');
  letGo = async () => {
    letGo = undefined;
    await client.query('ROLLBACK').finally(() => client.release());
  };
}

const running = () => vi.waitFor(() => expect(stage.web.audits.progress(tweetId)).not.toBeNull());

it('fifty who ask for the audit of one tweet get the result of one run', async () => {
  await holdAudits();
  const asked = Array.from({ length: 50 }, () => audit());
  await running();
  await letGo?.();
  const answers = await Promise.all(asked);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const found = await Promise.all(answers.map((answer) => answer.text()));
  expect(new Set(found).size).toBe(1);
  expect(JSON.parse(found[0] ?? '')).toMatchObject({ expected: 10, present: 10, missing: 0, twice: 0 });
});

it('tells how far an audit is, and nothing of one that nobody waits for', async () => {
  expect((await fetch(path())).status).toBe(404);
  await holdAudits();
  const asked = audit();
  await running();
  const progress = await fetch(path());
  expect(progress.status).toBe(200);
  expect(await progress.json()).toMatchObject({ state: expect.stringMatching(/^(waiting|running)$/) });
  await letGo?.();
  await asked;
});

it('ends an audit when the last one who waited for it has left', async () => {
  await holdAudits();
  const leaving = new AbortController();
  const asked = audit({ signal: leaving.signal });
  await running();
  leaving.abort();
  await expect(asked).rejects.toThrow('aborted');
  await vi.waitFor(() => expect(stage.web.audits.progress(tweetId)).toBeNull());
  await letGo?.();
  expect((await audit()).status).toBe(200);
});

it('says that a tweet which is not delivered cannot be audited', async () => {
  const answer = await fetch(path(999_999), { method: 'POST' });
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ type: '/problems/not-finished' });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleOnce } from '#core/timelines/settle.ts';
import { eventually } from '#testing/eventually.ts';
import { addDemoAccount, addFollowers } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

/** No worker runs: whatever comes to a follower was pulled. */
let world: World;
let stage: WebStage;
let other: WebStage;
const leaving = new AbortController();
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  for (const [n, handle] of ['celebrity', 'follower', 'stranger'].entries())
    await addDemoAccount(pool, { id: n + 1, handle });
  await addFollowers(pool, 1, [2]);
  await settleOnce(pool, { redis: world.timelines, shards: 1, cap: 800 });
  await pool.query('UPDATE backlog SET rate = 401'); // a tweet to one takes a second
  stage = await openWebStage(world, { PULL_ABOVE_S: '0.01' });
  other = await openWebStage(world);
});
afterAll(async () => {
  leaving.abort();
  await Promise.all([stage.stop(), other.stop()]);
  await world.close();
});

/** Opens the stream of an account, and returns what has been heard so far. */
async function listen(web: WebStage, handle: string): Promise<() => string> {
  const headers = { cookie: await cookieOf(web, handle) };
  const topics = `home:${handle},posts:${handle},status`;
  const { body } = await fetch(`${web.url}/api/stream?topics=${topics}`, { headers, signal: leaving.signal });
  let heard = '';
  void (async () => {
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) heard += piece;
  })().catch(() => {});
  await eventually(() => expect(heard).toContain('event: status'));
  return () => heard;
}

it('tells those who look at any process, and is delivered, shown and audited without a worker', async () => {
  const [follower, stranger, author] = [
    await listen(other, 'follower'),
    await listen(other, 'stranger'),
    await listen(other, 'celebrity'),
  ];
  const cookie = await cookieOf(stage, 'celebrity');
  const posted = await fetch(`${stage.url}/api/tweets`, {
    method: 'POST',
    headers: {
      ...{ cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify({ text: 'Read me when you open home' }),
  });
  expect(posted.status).toBe(202);
  expect(await posted.json()).toMatchObject({ delivery: { state: 'delivered', expected: 1, pulled: 1 } });
  await eventually(() => expect(follower()).toContain('Read me when you open home'));
  await eventually(() => expect(author()).toContain('"pulled":1'));
  const path = posted.headers.get('location') ?? '';
  const read = async (path: string, init?: RequestInit) => (await fetch(`${other.url}${path}`, init)).json();
  expect(await read(path)).toMatchObject({ state: 'delivered', pulled: 1, chunks: 0 });
  const home = await read('/api/timelines/home', { headers: { cookie: await cookieOf(other, 'follower') } });
  expect(home).toMatchObject({ tweets: [{ text: 'Read me when you open home' }], source: 'timeline' });
  const audit = path.replace('delivery', 'audit');
  const audited = await read(audit, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } });
  expect(audited).toMatchObject({ expected: 1, pulled: 1, sampled: 1, missing: 0, twice: 0 });
  expect(stranger()).not.toContain('Read me');
});

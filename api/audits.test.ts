import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { eventually } from '#testing/eventually.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

const TWEETS = 20; // more than may be in line
const AUDITS_PER_MINUTE = 500;

let world: World;
let stages: [WebStage, WebStage];
let stage: WebStage;
const tweetIds: number[] = [];
beforeAll(async () => {
  world = await openWorld({
    breaks: ['a fan-out counts what its chunks count', 'a fan-out is delivered when all its chunks are'],
  });
  const env = { AUDITS_PER_MINUTE: String(AUDITS_PER_MINUTE), MAX_REQUESTS: '10' };
  stages = [await openWebStage(world, env), await openWebStage(world, env)];
  [stage] = stages;
  watchScripts();
  const store = { redis: world.timelines, shards: 1, cap: 800 };
  for (let n = 0; n < TWEETS; n++)
    tweetIds.push(await deliverTweet(world.postgres.pool, store, { authorId: 1 + 20 * n, followers: 10 }));
  await addDemoAccount(world.postgres.pool, { id: 1_000, handle: 'ada' });
}, 60_000);
afterAll(async () => {
  for (const each of stages) await each.stop();
  await world.close();
});

const first = () => tweetIds[0] ?? 0;
const path = (id = first(), { url }: WebStage = stage) => `${url}/api/tweets/${id}/audit`;
const audit = (init?: RequestInit, id = first(), at = stage) =>
  fetch(path(id, at), { ...init, method: 'POST' });

/** Audits read nothing from the store until they are let go. */
let letGo: (() => void) | undefined;
/** Runs of the audit's script: right now, most at once, and all. */
let scripts = { now: 0, most: 0, all: 0 };
let held: Promise<void> | undefined;

/** Watches what the web processes ask the store for. */
function watchScripts(): void {
  const sha = createHash('sha1').update(readFileSync('core/lua/audit.lua')).digest('hex');
  for (const { web } of stages) {
    const { redis } = web.timelines;
    const evalsha = redis.evalsha.bind(redis);
    vi.spyOn(redis, 'evalsha').mockImplementation(async (...command) => {
      if (command[0] !== sha) return evalsha(...command);
      await held;
      scripts.most = Math.max(scripts.most, ++scripts.now);
      scripts.all++;
      return evalsha(...command).finally(() => scripts.now--);
    });
  }
}

function holdAudits(): void {
  held = new Promise((resolve) => {
    letGo = () => {
      held = undefined;
      letGo = undefined;
      resolve();
    };
  });
}

afterEach(async () => {
  letGo?.();
  await eventually(async () => expect(await stage.web.auditLine.progress(first())).toBeNull());
  scripts = { now: 0, most: 0, all: 0 };
});

const running = () =>
  eventually(async () =>
    expect(await stage.web.auditLine.progress(first())).toMatchObject({ state: 'running' }),
  );

it('fifty who ask for the audit of one tweet get the result of one run', async () => {
  holdAudits();
  const asked = Array.from({ length: 50 }, () => audit());
  await eventually(() => expect(stage.web.audits.waiting).toBe(50));
  letGo?.();
  const answers = await Promise.all(asked);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const found = await Promise.all(answers.map((answer) => answer.text()));
  expect(new Set(found).size).toBe(1);
  expect(JSON.parse(found[0] ?? '')).toMatchObject({ expected: 10, present: 10, missing: 0, twice: 0 });
});

it('audits in a flood run one at a time over all web processes, refuse what is too many, and leave room for others', async () => {
  holdAudits();
  let early = 0;
  const ask = (id: number, at = stage) =>
    audit({}, id, at).then((answer) => {
      early++;
      return answer;
    });
  const asked = tweetIds.flatMap((id, n) => [ask(id, stages[n % 2]), ask(id, stages[(n + 1) % 2])]);
  const inLine = 16;
  await eventually(() => expect(early).toBe(asked.length - inLine)); // the line is full
  for (let n = 0; n < 20; n++) expect((await fetch(`${stage.url}/api/queue`)).status).toBe(200);
  letGo?.();
  const answers = await Promise.all(asked);
  const done = answers.filter(({ status }) => status === 200);
  expect(done).toHaveLength(inLine);
  const found = await Promise.all(done.map((answer) => answer.json()));
  expect(scripts.most).toBe(1);
  expect(scripts.all).toBe(new Set(found.map(({ tweetId }) => tweetId)).size); // both processes share a run
  const refused = answers.filter(({ status }) => status !== 200);
  for (const answer of refused) {
    expect(await answer.json()).toMatchObject({ type: '/problems/too-busy' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(10);
  }
});
it('tells in every web process how far an audit is, and nothing of one that nobody waits for', async () => {
  expect((await fetch(path())).status).toBe(404);
  holdAudits();
  const asked = audit();
  await running();
  for (const each of stages) {
    const progress = await fetch(path(first(), each));
    expect(progress.status).toBe(200);
    expect(await progress.json()).toEqual({ state: 'running', read: 0, expected: expect.any(Number) });
  }
  letGo?.();
  await asked;
});

it('tells the stream of the tweet how far it is, whichever process it came from, and when it is over', async () => {
  const leaving = new AbortController();
  const topics = `delivery:${first()}`;
  const stream = await fetch(`${stages[1].url}/api/stream?topics=${topics}`, { signal: leaving.signal });
  let text = '';
  void (async () => {
    for await (const piece of stream.body ?? []) text += new TextDecoder().decode(piece);
  })().catch(() => {});
  const told = () =>
    [...text.matchAll(/^event: audit\ndata: (.*)$/gm)].map(([, json = '']) => JSON.parse(json));
  const over = { tweetId: first(), progress: null };
  await eventually(() => expect(told()).toEqual([over]));
  holdAudits();
  const asked = audit();
  await eventually(() =>
    expect(told().at(-1)).toMatchObject({ tweetId: first(), progress: { state: 'running', read: 0 } }),
  );
  letGo?.();
  await asked;
  await eventually(() => expect(told().at(-1)).toEqual(over));
  leaving.abort();
});

it('ends an audit when the last one who waited for it has left', async () => {
  holdAudits();
  const leaving = new AbortController();
  const asked = audit({ signal: leaving.signal });
  await running();
  leaving.abort();
  await expect(asked).rejects.toThrow('aborted');
  letGo?.();
  await eventually(async () => expect(await stage.web.auditLine.progress(first())).toBeNull());
  expect((await audit()).status).toBe(200);
});

it('one account may ask for so many within a minute, an address for twice as many, and both are told when', async () => {
  const strict = await openWebStage(world, { AUDITS_PER_MINUTE: '2' });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"handle":"ada"}' };
  const entered = await fetch(`${strict.url}/api/session`, init);
  const cookie = entered.headers.get('set-cookie') ?? '';
  const ada = { headers: { cookie } };
  for (const _ of Array(2)) expect((await audit(ada, first(), strict)).status).toBe(200);
  const refused = await audit(ada, first(), strict);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.headers.get('ratelimit-policy')).toBe('"audits";q=2;w=60');
  expect(await refused.json()).toMatchObject({ type: '/problems/over-audits', limit: 2 });
  for (const _ of Array(2)) expect((await audit({}, first(), strict)).status).toBe(200);
  expect(await (await audit({}, first(), strict)).json()).toMatchObject({ limit: 4 });
  await strict.stop();
});

it('says that a tweet which is not delivered cannot be audited, without a place in line', async () => {
  const join = vi.spyOn(stage.web.auditLine, 'join');
  const answer = await audit({}, 999_999);
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ type: '/problems/not-finished' });
  expect(join).not.toHaveBeenCalled();
});

it('says that the chunks of a tweet are no longer kept, and invents no result', async () => {
  const [id = 0] = tweetIds.slice(-1);
  await world.postgres.pool.query('DELETE FROM chunk WHERE tweet_id = $1', [id]);
  const answer = await audit({}, id);
  expect(answer.status).toBe(410);
  expect(await answer.json()).toMatchObject({
    type: '/problems/not-kept',
    detail: expect.stringContaining(`Expected 3 chunks of tweet ${id} to be kept, 0 are`),
  });
});

it('says that the delivery of a tweet is no longer kept, which is there', async () => {
  const [id = 0] = tweetIds.slice(-2);
  for (const table of ['chunk', 'idempotency_key', 'fan_out'])
    await world.postgres.pool.query(`DELETE FROM ${table} WHERE tweet_id = $1`, [id]);
  const answer = await fetch(`${stage.url}/api/tweets/${id}/delivery`);
  expect(answer.status).toBe(410);
  expect(await answer.json()).toMatchObject({
    type: '/problems/not-kept',
    detail: `Expected a delivery that ended within the last 30 days, that of tweet ${id} is no longer kept`,
  });
  expect((await audit({}, id)).status).toBe(410);
  expect((await fetch(`${stage.url}/api/tweets/999999/delivery`)).status).toBe(404);
});

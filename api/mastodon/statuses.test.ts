import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, openClient } from '#testing/client.ts';
import { addDemoAccount, addFollowers, addUsers } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let stage: WebStage;
let ada: Client;
let adaId = 1;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [2, 3]);
  stage = await openWebStage(world, { POSTS_PER_MINUTE: '10' });
});
beforeEach(async () => {
  adaId += 10; // each test has a rate of its own
  await addDemoAccount(world.postgres.pool, { id: adaId, handle: `ada${adaId}` });
  ada = await openClient(stage, adaId);
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const pool = () => world.postgres.pool;
const countTweets = async () => {
  const { rows } = await pool().query('SELECT count(*)::int AS count FROM tweet WHERE author_id = $1', [
    adaId,
  ]);
  return rows[0].count;
};
const post = (body: object, headers?: Record<string, string>) =>
  ada.send('POST', '/api/v1/statuses', body, headers);
const idOf = ({ json }: { json: unknown }) => (json as { id: string }).id;

describe('a tweet that a client posts', () => {
  it('is answered with every field of a status, and is escaped', async () => {
    const { status, json } = await post({
      status: 'a <b> & "c"\nd #Tag',
      visibility: 'public',
      media_ids: [],
      poll: null,
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      id: expect.stringMatching(/^\d+$/),
      uri: expect.stringMatching(/^http:\/\/127/),
      url: `${stage.url}/t/${idOf({ json })}/delivery`,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      account: expect.objectContaining({ id: String(adaId), acct: `ada${adaId}` }),
      content: '<p>a &lt;b&gt; &amp; &quot;c&quot;<br />d #Tag</p>',
      application: { name: 'toot', website: null },
      tags: [{ name: 'tag', url: expect.stringContaining(stage.url) }],
      ...{ visibility: 'public', sensitive: false, spoiler_text: '', language: null },
      ...{ media_attachments: [], mentions: [], emojis: [], filtered: [] },
      ...{ reblogs_count: 0, favourites_count: 0, replies_count: 0 },
      ...{ in_reply_to_id: null, in_reply_to_account_id: null, reblog: null, poll: null, card: null },
      ...{
        edited_at: null,
        favourited: false,
        reblogged: false,
        muted: false,
        bookmarked: false,
        pinned: false,
      },
    });
    expect(json).not.toHaveProperty('scheduled_at');
    expect((await ada.get(`/api/v1/statuses/${idOf({ json })}`)).json).toMatchObject({ id: idOf({ json }) });
  });

  it('is posted when fields are sent that nobody knows, also one with a name that every object has', async () => {
    for (const name of ['constructor', 'toString', 'language', '__proto__'])
      expect((await post(JSON.parse(`{"status":"Hello","${name}":"y"}`))).status).toBe(200);
  });

  it('is the same one for the same key, and another one without a key', async () => {
    const key = { 'idempotency-key': 'k' };
    const first = await post({ status: 'Once' }, key);
    expect((await post({ status: 'Once' }, key)).json).toEqual(first.json);
    expect((await post({ status: 'Other' }, key)).status).toBe(422);
    await post({ status: 'Again' });
    await post({ status: 'Again' });
    expect(await countTweets()).toBe(3);
  });

  it('is refused with 429 or 503 and a time to come back, and the same key posts it then', async () => {
    for (let n = 0; n < 10; n++) await post({ status: `${n}` });
    const tooFast = await post({ status: 'Too fast' });
    expect([tooFast.status, Number(tooFast.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
    await addDemoAccount(pool(), { id: adaId + 1, handle: `grace${adaId}` });
    await addFollowers(pool(), adaId + 1, [2, 3]);
    const grace = await openClient(stage, adaId + 1);
    const send = (text: string) =>
      grace.send('POST', '/api/v1/statuses', { status: text }, { 'idempotency-key': 'later' });
    await pool().query('UPDATE backlog SET deliveries = deliveries + 1000000000');
    const full = await send('Full');
    expect([full.status, full.headers.get('content-type')]).toEqual([503, 'application/json']);
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(full.json).toEqual({ error: expect.any(String) });
    await pool().query('UPDATE backlog SET deliveries = deliveries - 1000000000');
    expect((await send('Full')).status).toBe(200);
  });

  it.each([
    ['another visibility', { visibility: 'private' }, 'visibility'],
    ['an unknown visibility', { visibility: 'everybody' }, 'visibility'],
    ['a reply', { in_reply_to_id: '7' }, 'replies'],
    ['media', { media_ids: ['7'] }, 'media'],
    ['a poll', { poll: { options: ['a', 'b'] } }, 'polls'],
    ['a poll that is no text', { poll: { toString: 0, valueOf: 0 } }, '^Validation failed: poll: .+ polls'],
    ['a poll of a form', { 'poll[options]': 'a' }, 'polls'],
    ['a content warning', { spoiler_text: 'Spiders' }, 'content warnings'],
    ['sensitive media', { sensitive: 'True' }, 'content warnings'],
    ['40,000 characters', { status: 'x'.repeat(40_000) }, '280|4000|4,000'],
    ['281 characters', { status: 'x'.repeat(281) }, '280'],
    ['no text', { status: undefined }, 'text'],
    ['white space', { status: ' \n ' }, 'white space'],
    ['a date that is none', { scheduled_at: 'tomorrow' }, 'scheduled_at'],
    ['a date in the past', { scheduled_at: '2020-01-01T00:00:00.000Z' }, 'scheduled_at'],
  ])('is refused with %s, and nothing is published', async (_what, body, says) => {
    const { status, json } = await post({ status: 'Hello', ...body });
    expect([status, json]).toEqual([422, { error: expect.stringMatching(says) }]);
    expect(await countTweets()).toBe(0);
    expect((await ada.get('/api/v1/scheduled_statuses')).json).toEqual([]);
  });

  it('needs a token that may write', async () => {
    const reader = await openClient(stage, adaId, ['read']);
    expect((await reader.send('POST', '/api/v1/statuses', { status: 'Hello' })).status).toBe(403);
    const anybody = await fetch(`${stage.url}/api/v1/statuses`, { method: 'POST', body: 'status=Hello' });
    expect(anybody.status).toBe(401);
    expect(await countTweets()).toBe(0);
  });
});

it('deletes an own tweet, and says what it was', async () => {
  const id = idOf(await post({ status: 'A <typo>' }));
  await addDemoAccount(pool(), { id: adaId + 1, handle: `grace${adaId}` });
  const grace = await openClient(stage, adaId + 1);
  expect((await grace.send('DELETE', `/api/v1/statuses/${id}`)).status).toBe(404);
  const { status, json } = await ada.send('DELETE', `/api/v1/statuses/${id}`);
  expect([status, json]).toEqual([200, expect.objectContaining({ id, text: 'A <typo>' })]);
  expect((await ada.send('DELETE', `/api/v1/statuses/${id}`)).status).toBe(404);
  expect((await ada.get(`/api/v1/statuses/${id}`)).status).toBe(404);
});

it('has no context, nobody who boosted it, and nothing to favourite it with', async () => {
  const id = idOf(await post({ status: 'Alone' }));
  expect((await ada.get(`/api/v1/statuses/${id}/context`)).json).toEqual({ ancestors: [], descendants: [] });
  expect((await ada.get(`/api/v1/statuses/${id}/favourited_by`)).json).toEqual([]);
  for (const action of ['reblog', 'favourite', 'bookmark', 'pin']) {
    const { status, json, headers } = await ada.send('POST', `/api/v1/statuses/${id}/${action}`);
    expect([status, json]).toEqual([404, { error: expect.stringContaining(action) }]);
    expect(headers.get('content-type')).toBe('application/json');
  }
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, openClient } from '#testing/client.ts';
import { addDemoAccount, addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let stage: WebStage;
let ada: Client;
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  await addDemoAccount(pool, { id: 1, handle: 'ada' });
  await addUsers(pool, range(2, 20));
  await addFollowers(pool, 2, range(10, 14));
  await addFollowers(pool, 1, [2]);
  stage = await openWebStage(world, { FOLLOWS_PER_MINUTE: '3' });
  ada = await openClient(stage, 1);
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const idsOf = ({ json }: { json: unknown }) => (json as { id: string }[]).map(({ id }) => Number(id));

it('says who a token acts for, with the fields of an own account', async () => {
  const { json } = await ada.get('/api/v1/accounts/verify_credentials');
  expect(json).toEqual({
    id: '1',
    ...{ username: 'ada', acct: 'ada', display_name: 'ada', note: '' },
    ...{ url: `${stage.url}/u/ada`, uri: `${stage.url}/u/ada` },
    ...{ avatar: `${stage.url}/portraits/ada`, avatar_static: `${stage.url}/portraits/ada` },
    ...{
      header: `${stage.url}/portraits/ada/header`,
      header_static: `${stage.url}/portraits/ada/header`,
    },
    ...{ locked: false, bot: false, group: false, discoverable: true, indexable: true, noindex: false },
    ...{ fields: [], emojis: [] },
    created_at: expect.stringMatching(/\.\d{3}Z$/),
    ...{ followers_count: 1, following_count: 0, statuses_count: 0, last_status_at: null },
    source: expect.objectContaining({ privacy: 'public', note: '' }),
    role: expect.objectContaining({ id: expect.any(String) }),
  });
});
it('finds people by their id, name, and the beginning of it', async () => {
  const host = new URL(stage.url).host;
  expect((await ada.get('/api/v1/accounts/2')).json).toMatchObject({ acct: 'user2', followers_count: 5 });
  for (const acct of ['user2', '@user2', `user2@${host}`, `@USER2@127.0.0.1`])
    expect((await ada.get(`/api/v1/accounts/lookup?acct=${acct}`)).json).toMatchObject({ id: '2' });
  for (const acct of ['user', 'user2@mastodon.example', ''])
    expect((await ada.get(`/api/v1/accounts/lookup?acct=${acct}`)).status).toBe(404);
  expect(idsOf(await ada.get('/api/v1/accounts/search?q=user1&limit=3'))).toEqual([10, 11, 12]);
  expect(idsOf(await ada.get('/api/v1/accounts/search?q=@user2&resolve=true'))).toEqual([2, 20]);
  expect(idsOf(await ada.get('/api/v1/accounts/search?q=user2&following=true'))).toEqual([]);
  expect(idsOf(await ada.get('/api/v1/accounts/search?q=user2@mastodon.example'))).toEqual([]);
});
it('follows and unfollows, once and again, no more often than elsewhere, and nobody follows themselves', async () => {
  const follow = (id: number) => ada.send('POST', `/api/v1/accounts/${id}/follow`);
  for (let n = 0; n < 2; n++) {
    const { json } = await follow(2);
    expect(json).toEqual({
      ...{
        id: '2',
        following: true,
        showing_reblogs: true,
        notifying: false,
        languages: null,
        followed_by: true,
      },
      ...{ blocking: false, blocked_by: false, muting: false, muting_notifications: false, requested: false },
      ...{ requested_by: false, domain_blocking: false, endorsed: false, note: '' },
    });
  }
  expect((await ada.get('/api/v1/accounts/2')).json).toMatchObject({ followers_count: 6 });
  expect(idsOf(await ada.get('/api/v1/accounts/search?q=user2&following=true'))).toEqual([2]);
  expect((await ada.send('POST', '/api/v1/accounts/2/unfollow')).json).toMatchObject({ following: false });
  expect((await ada.get('/api/v1/accounts/relationships?id=2')).json).toMatchObject([{ following: false }]);
  expect((await follow(1)).status).toBe(403);
  await follow(3);
  await follow(4);
  const tooMany = await follow(5);
  expect([tooMany.status, Number(tooMany.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
  expect((await ada.get('/api/v1/accounts/5')).json).toMatchObject({ followers_count: 0 });
});

it('lists followers and tweets page by page, until there is no next page', async () => {
  const first = await ada.get('/api/v1/accounts/2/followers?limit=3');
  expect(idsOf(first)).toEqual([14, 13, 12]);
  const second = await ada.get(first.next ?? '');
  expect([idsOf(second), second.next]).toEqual([[11, 10], null]);
  expect(idsOf(await ada.get('/api/v1/accounts/10/following'))).toEqual([2]);
  const ids: number[] = [];
  for (const text of ['a', 'b', 'c']) ids.push(await post(world.postgres.pool, 7, text));
  const newest = await ada.get('/api/v1/accounts/7/statuses?limit=2&exclude_reblogs=1');
  expect(idsOf(newest)).toEqual([ids[2], ids[1]]);
  expect(idsOf(await ada.get(newest.next ?? ''))).toEqual([ids[0]]);
  expect(idsOf(await ada.get(`/api/v1/accounts/7/statuses?min_id=${ids[0]}&limit=1`))).toEqual([ids[1]]);
  expect((await ada.get('/api/v1/accounts/7/statuses?pinned=true')).json).toEqual([]);
  expect((await ada.get('/api/v1/accounts/7/statuses?tagged=x')).status).toBe(422);
});

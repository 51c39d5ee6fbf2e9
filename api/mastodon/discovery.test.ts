import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepSuggestions } from '#core/suggestions/suggestions.ts';
import { countTrends } from '#core/trends/count-trends.ts';
import { type Client, openClient } from '#testing/client.ts';
import { addDemoAccount, addUsers, post } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let stage: WebStage;
let ada: Client;
let tweetId: number;
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  await addDemoAccount(pool, { id: 1, handle: 'ada' });
  await addDemoAccount(pool, { id: 4, handle: 'grace' });
  await addUsers(pool, [2, 3, 20]);
  const old = await post(pool, 20, '#queues of this morning');
  await pool.query("UPDATE tweet SET created_at = now() - interval '7 hours' WHERE id = $1", [old]);
  await post(pool, 3, '#queues, too');
  for (const text of ['#Queues are words', '#queues again', 'words and #words'])
    tweetId = await post(pool, 2, text);
  await countTrends(pool);
  const suggested = [{ id: 3, score: 2, shared: 4 }];
  await keepSuggestions(pool, 1, { suggested, readers: 4 });
  stage = await openWebStage(world);
  ada = await openClient(stage, 1);
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const find = async (query: string) => (await ada.get(`/api/v2/search?${query}`)).json;

it.each(['/api/v1/trends', '/api/v1/trends/tags'])(
  'tells at %s the tags that are talked about',
  async (path) => {
    expect((await ada.get(path)).json).toEqual([
      {
        ...{ id: 'queues', name: 'queues', url: `${stage.url}/explore#queues`, following: false },
        history: [{ day: expect.stringMatching(/^\d+$/), uses: '3', accounts: '2' }],
      },
    ]);
    expect((await ada.get(`${path}?offset=1`)).json).toEqual([]);
  },
);
it('suggests whom to follow, in the words of both versions', async () => {
  expect((await ada.get('/api/v1/suggestions')).json).toMatchObject([{ id: '3', acct: 'user3' }]);
  expect((await ada.get('/api/v2/suggestions')).json).toEqual([
    {
      ...{ source: 'past_interactions', sources: ['friends_of_friends'] },
      account: expect.objectContaining({ id: '3', acct: 'user3' }),
    },
  ]);
});
it('finds people by their name, tweets by their address, and tags by their beginning', async () => {
  expect(await find('q=@user2&type=accounts&resolve=true')).toEqual({
    accounts: [expect.objectContaining({ acct: 'user2' }), expect.objectContaining({ acct: 'user20' })],
    ...{ statuses: [], hashtags: [] },
  });
  expect(await find('q=user2&type=accounts&offset=1')).toMatchObject({ accounts: [{ acct: 'user20' }] });
  expect(await find(`q=${stage.url}/u/user3`)).toMatchObject({ accounts: [{ acct: 'user3' }], statuses: [] });
  const found = { accounts: [], statuses: [{ id: String(tweetId) }], hashtags: [] };
  expect(await find(`q=${stage.url}/t/${tweetId}/delivery`)).toMatchObject(found);
  expect(await find(`q=${tweetId}`)).toMatchObject({ statuses: [{ id: String(tweetId) }] });
  expect(await find(`q=https://mastodon.example/t/${tweetId}/delivery`)).toMatchObject({ statuses: [] });
  expect(await find(`q=${stage.url}/t/NaN/delivery`)).toMatchObject({ statuses: [] });
  expect(await find('q=%23que')).toMatchObject({
    accounts: [],
    statuses: [],
    hashtags: [{ name: 'queues' }],
  });
  for (const nothing of ['q=', 'q=%00', 'q=user2@mastodon.example', 'q=9007199254740993', 'q=NaN'])
    expect(await find(nothing)).toEqual({ accounts: [], statuses: [], hashtags: [] });
});
it('answers what is no list with nothing in it', async () => {
  expect((await ada.get('/api/v2/filters')).json).toEqual([]);
  expect((await ada.get('/api/v1/markers?timeline[]=home')).json).toEqual({});
  expect((await ada.send('POST', '/api/v1/markers', { home: { last_read_id: '1' } })).json).toEqual({});
  expect((await ada.get('/api/v1/notifications/unread_count')).json).toEqual({ count: 0 });
  expect((await ada.get('/api/v1/preferences')).json).toMatchObject({
    'posting:default:visibility': 'public',
  });
});

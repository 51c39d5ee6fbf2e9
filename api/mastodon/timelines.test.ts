import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleOnce } from '#core/timelines/settle.ts';
import { type Client, openClient } from '#testing/client.ts';
import { addDemoAccount, addFollowers, addUsers, post } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let stage: WebStage;
let ada: Client;
const ids: number[] = []; // of ada's home, the oldest first
const others: number[] = []; // of somebody whom she does not follow

beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  await addDemoAccount(pool, { id: 1, handle: 'ada' });
  await addUsers(pool, [2, 3]);
  await addFollowers(pool, 2, [1]);
  stage = await openWebStage(world);
  await settleOnce(pool, stage.web.timelines);
  ada = await openClient(stage, 1);
  ids.push(...(await write(50)));
  for (const text of ['No tag', 'one #Tag', 'two #tag', 'three #TAG']) others.push(await post(pool, 3, text));
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

/** Tweets that were delivered long ago: every tenth is ada’s own. */
async function write(count: number): Promise<number[]> {
  const { rows } = await world.postgres.pool.query<{ id: number }>(
    `INSERT INTO tweet (id, author_id, text)
     SELECT nextval('tweet_id_seq'), CASE WHEN n % 10 = 0 THEN 1 ELSE 2 END, n FROM generate_series(1, $1) n RETURNING id`,
    [count],
  );
  return rows.map(({ id }) => id);
}

const read = async (path: string) => {
  const { status, json, next, previous, headers } = await ada.get(path);
  return { status, next, previous, headers, ids: (json as { id: string }[]).map(({ id }) => Number(id)) };
};
const fromNewest = (from: number, to: number) => ids.toReversed().slice(from, to);
const HOME = '/api/v1/timelines/home';

it('pages home down to its end by `Link`, 20 at a time unless told, and then has no next page', async () => {
  const pages: number[][] = [];
  for (let path: string | null = HOME; path !== null; ) {
    const page = await read(path);
    pages.push(page.ids);
    path = page.next;
  }
  expect(pages).toEqual([fromNewest(0, 20), fromNewest(20, 40), fromNewest(40, 50)]);
});
it('gives the newest above `since_id` and the nearest above `min_id`', async () => {
  const [a = 0] = ids;
  expect((await read(`${HOME}?since_id=${a}&limit=3`)).ids).toEqual(fromNewest(0, 3));
  expect((await read(`${HOME}?min_id=${a}&limit=3`)).ids).toEqual(fromNewest(46, 49));
  const newest = ids.at(-3) ?? 0;
  expect(await read(`${HOME}?since_id=${newest}`)).toMatchObject({ ids: fromNewest(0, 2), next: null });
  expect((await read(`${HOME}?min_id=${newest}`)).ids).toEqual(fromNewest(0, 2));
  expect((await read(`${HOME}?max_id=${ids[4]}&min_id=${a}&limit=2`)).ids).toEqual(fromNewest(47, 49));
  expect(await read(`${HOME}?min_id=${ids.at(-1)}`)).toMatchObject({ ids: [], next: null, previous: null });
});
it.each(['max_id=abc', 'min_id=-1', 'since_id=1.5', 'limit=0', 'limit=-3', 'limit=x'])(
  'refuses %s, and says what was expected',
  async (query) => {
    for (const path of [HOME, '/api/v1/timelines/public'])
      expect(await ada.get(`${path}?${query}`)).toMatchObject({
        ...{ status: 422, json: { error: expect.stringContaining('xpected') } },
      });
  },
);
it('gives the tweets of everybody, and those of a tag', async () => {
  const newest = others.toReversed();
  const all = await read('/api/v1/timelines/public?limit=3');
  expect(all.ids).toEqual(newest.slice(0, 3));
  expect((await read(all.next ?? '')).ids).toEqual([others[0], ...fromNewest(0, 2)]);
  const tagged = await read('/api/v1/timelines/tag/Tag?limit=2');
  expect(tagged.ids).toEqual(newest.slice(0, 2));
  expect(await read(tagged.next ?? '')).toMatchObject({ ids: [others[1]], next: null });
  for (const nothing of ['nothing', '%00', '%F0%9F', '%20'])
    expect((await read(`/api/v1/timelines/tag/${nothing}`)).ids).toEqual([]);
  expect((await read('/api/v1/timelines/public?only_media=True')).ids).toEqual([]);
  expect((await read('/api/v1/timelines/public?remote=1')).ids).toEqual([]);
  expect((await ada.get('/api/v1/timelines/tag/tag?any[]=other')).status).toBe(422);
});

it('shows home to nobody without a token, and what everybody may see to anybody', async () => {
  expect((await fetch(`${stage.url}${HOME}`)).status).toBe(401);
  const answer = await fetch(`${stage.url}/api/v1/timelines/public?limit=1`);
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { addUsers, post } from '#testing/people.ts';
import { statementsOf } from '#testing/statements.ts';
import { openWorld, type World } from '#testing/world.ts';
import { deleteTweet } from './delete-tweet.ts';
import { readTweetsBy } from './tweets-by.ts';

const ADA = { id: 1, handle: 'user1', name: 'User 1' };
const NEWEST = { before: Number.MAX_SAFE_INTEGER, after: 0, limit: 100, take: 'newest' } as const;

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [ADA.id, 2]);
});
afterAll(() => world.close());

it('gives an author’s tweets page by page, the newest first, without those deleted, by one statement', async () => {
  const { pool, prisma } = world.postgres;
  const ids: number[] = [];
  for (const text of ['First', 'Second', 'Third', 'Regretted']) ids.push(await post(pool, ADA.id, text));
  const [, second = 0, , regretted = 0] = ids;
  await post(pool, 2, 'Of another');
  await deleteTweet(pool, ADA.id, regretted);
  const textsOf = async (before: number) =>
    (await readTweetsBy(prisma, ADA, { ...NEWEST, before, limit: 2 })).map(({ text }) => text);
  expect(await textsOf(NEWEST.before)).toEqual(['Third', 'Second']);
  expect(await textsOf(second)).toEqual(['First']);
  const [tweet] = await readTweetsBy(prisma, ADA, { ...NEWEST, before: second, limit: 1 });
  expect(tweet).toEqual({
    ...{ id: ids[0], author: ADA, text: 'First' },
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const sent = await statementsOf(() => readTweetsBy(prisma, ADA, NEWEST));
  expect(sent).toHaveLength(1);
});

it('gives the tweets just above an id, for a reader who goes on from there', async () => {
  const { pool, prisma } = world.postgres;
  const ids: number[] = [];
  for (const text of ['1', '2', '3', '4']) ids.push(await post(pool, 2, text));
  const [first = 0, , , last = 0] = ids;
  const author = { ...ADA, id: 2 };
  const above = await readTweetsBy(prisma, author, { before: last, after: first, limit: 1, take: 'oldest' });
  expect(above.map(({ text }) => text)).toEqual(['2']);
  const both = await readTweetsBy(prisma, author, { ...NEWEST, after: first, limit: 2, take: 'oldest' });
  expect(both.map(({ text }) => text)).toEqual(['3', '2']);
});

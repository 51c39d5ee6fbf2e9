import { afterAll, beforeAll, expect, it } from 'vitest';
import { addUsers, post } from '#testing/people.ts';
import { statementsOf } from '#testing/statements.ts';
import { openWorld, type World } from '#testing/world.ts';
import { deleteTweet } from './delete-tweet.ts';
import { readTweetsBy } from './tweets-by.ts';

const ADA = { id: 1, handle: 'user1', name: 'User 1' };
const FROM_THE_NEWEST = Number.MAX_SAFE_INTEGER;

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
    (await readTweetsBy(prisma, ADA, { before, limit: 2 })).map(({ text }) => text);
  expect(await textsOf(FROM_THE_NEWEST)).toEqual(['Third', 'Second']);
  expect(await textsOf(second)).toEqual(['First']);
  const [tweet] = await readTweetsBy(prisma, ADA, { before: second, limit: 1 });
  expect(tweet).toEqual({
    ...{ id: ids[0], author: ADA, text: 'First' },
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const sent = await statementsOf(() => readTweetsBy(prisma, ADA, { before: FROM_THE_NEWEST, limit: 100 }));
  expect(sent).toHaveLength(1);
});

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addPeople, type Person } from '#lab/load/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { ledgerClock, untilDelivered } from './ledger.ts';

let world: World;
let authors: Person[];
let from: string;

beforeAll(async () => {
  world = await openWorld({
    breaks: [
      'delivered + cold + gone + pulled = expected once a fan-out is delivered',
      'a fan-out counts what its chunks count',
      'a fan-out is delivered when all its chunks are',
    ],
  });
  await world.postgres.pool.query(`INSERT INTO "user" (id, handle, name) VALUES (1, 'somebody', 'Somebody')`);
  authors = await addPeople(world.postgres.pool, 'author', 2);
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.postgres.pool.query('DELETE FROM fan_out; DELETE FROM tweet');
  from = await ledgerClock(world.postgres.pool);
});

type FanOut = { id: number; delivered: number; cold?: number; seconds?: number };

async function post(
  author: Person | undefined,
  { id, delivered, cold = 0, seconds = 1 }: FanOut,
): Promise<void> {
  await world.postgres.pool.query('INSERT INTO tweet (id, author_id, text) VALUES ($1, $2, $3)', [
    ...[id, author?.id, 'A tweet'],
  ]);
  await world.postgres.pool.query(
    `INSERT INTO fan_out (tweet_id, author_id, state, expected, delivered, cold, accepted_at, finished_at)
     VALUES ($1, $2, 'delivered', 12, $3, $4, now(), now() + $5 * interval '1 s')`,
    [id, author?.id, delivered, cold, seconds],
  );
}

const read = () => untilDelivered(world.postgres.pool, authors, from);

test('a round lasts from its first tweet to the last row of its last delivery', async () => {
  await post(authors[0], { id: 1, delivered: 12, seconds: 9 });
  await post(authors[1], { id: 2, delivered: 12, seconds: 3 });
  const { posts, seconds, sample } = await read();
  expect({ posts, sample: sample.sort() }).toEqual({ posts: 2, sample: [1, 2] });
  expect(seconds).toBeGreaterThanOrEqual(8.9);
});

test('a tweet that is not in every timeline makes the round fail', async () => {
  await post(authors[0], { id: 1, delivered: 11, cold: 1 });
  await expect(read()).rejects.toThrow('1 are not: 1 delivered 11 of 12');
});

test('a tweet that was never to be delivered makes the round fail', async () => {
  await world.postgres.pool.query('INSERT INTO tweet (id, author_id, text) VALUES (7, $1, $2)', [
    ...[authors[0]?.id, 'Without a fan-out'],
  ]);
  await expect(read()).rejects.toThrow('1 are not: 7');
});

test('tweets of others and of earlier rounds do not count', async () => {
  await post({ id: 1, handle: 'somebody' }, { id: 1, delivered: 0 });
  await post(authors[0], { id: 2, delivered: 12 });
  await world.postgres.pool.query(`UPDATE tweet SET created_at = now() - interval '1 hour' WHERE id = 2`);
  await post(authors[0], { id: 3, delivered: 12 });
  expect((await read()).sample).toEqual([3]);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { type RowsRead, rowsRead } from '#testing/rows-read.ts';
import { openWorld, type World } from '#testing/world.ts';
import { claimDue, markPublished } from './publish.ts';
import { finishChunks, startChunks, startOnlyChunks } from './start-and-finish.ts';

/** As core/tasks/rows-read.test.ts, of the fan-outs that a worker takes while thousands wait. */
const MANY = 5_000;
const AUTHOR = 1;

let world: World;
let read: RowsRead;

beforeAll(async () => {
  world = await openWorld({
    breaks: [
      'delivered + cold + gone + pulled = expected once a fan-out is delivered',
      'a fan-out is delivered when all its chunks are',
    ],
  });
  read = rowsRead(world, 'fan_out');
  await addUsers(pool(), range(1, 3));
  await addFollowers(pool(), AUTHOR, [2, 3]);
  await addMany();
  await pool().query(`UPDATE fan_out SET state = 'delivered', finished_at = now()`);
  await pool().query('VACUUM ANALYZE fan_out');
  await addMany();
});
afterAll(async () => {
  await read.close();
  await world.close();
});

const pool = () => world.postgres.pool;
const addMany = () =>
  pool().query(
    `WITH posted AS (
       INSERT INTO tweet (id, author_id, text) SELECT nextval('tweet_id_seq'), $1, '' FROM generate_series(1, $2) RETURNING id
     )
     INSERT INTO fan_out (tweet_id, author_id, expected, due_at) SELECT id, $1, 2, now() + interval '1 hour' FROM posted`,
    [AUTHOR, MANY],
  );

it('a look for what is due', async () => {
  await post(pool(), AUTHOR);
  await pool().query(
    `UPDATE fan_out SET due_at = now() - interval '1 s' WHERE tweet_id = (SELECT max(tweet_id) FROM fan_out)`,
  );
  const rows = await read.by(async (pool) => expect(await claimDue(pool, 200)).toHaveLength(1));
  expect(rows).toBeLessThan(100);
});

it('publishing, starting and finishing, small and large', async () => {
  const tweet = await post(pool(), AUTHOR);
  const pushed = [{ number: 0, delivered: 2, cold: 0, redelivered: false }];
  const rows = await read.by(async (pool) => {
    await markPublished(pool, [tweet]);
    expect(await startOnlyChunks(pool, [tweet], { worker: 'A', chunkSize: 10, shards: 1 })).toHaveLength(1);
    expect(
      await startChunks(pool, { tweetId: tweet, chunk: 0, count: 1 }, { worker: 'A', shards: 1 }),
    ).toHaveLength(1);
    expect(await finishChunks(pool, [{ tweetId: tweet, pushed }])).toMatchObject([{ isDelivered: true }]);
  });
  expect(rows).toBeLessThan(100);
});

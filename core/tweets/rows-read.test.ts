import { afterAll, beforeAll, expect, it } from 'vitest';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { rowsRead } from '#testing/rows-read.ts';
import { openWorld, type World } from '#testing/world.ts';
import { TweetPoster } from './post-statement.ts';
import { postBy, postTweet, UNLIMITED } from './post-tweet.ts';

/** As core/ledger/rows-read.test.ts, of posting: its plans are kept, and were made when there was nothing to read. */
const MANY = 5_000;
const AUTHOR = 1;
const TABLES = ['tweet', 'idempotency_key', 'fan_out', 'user', 'post_rate'];

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 3));
  await addFollowers(pool(), AUTHOR, [2, 3]);
  await pool().query('VACUUM ANALYZE');
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const limits = { ...UNLIMITED, postsPerMinute: 12 };
const draft = (authorId = AUTHOR) => ({ authorId, text: 'Hello', idempotencyKey: crypto.randomUUID() });

/** Posts eight tweets of three authors by one statement. */
async function postCrowd(pool: World['postgres']['pool']): Promise<void> {
  const poster = new TweetPoster(pool);
  const posts = await Promise.all(range(1, 8).map((n) => postBy(poster, draft(1 + (n % 3)))));
  for (const post of posts) expect(post).toMatchObject({ outcome: 'posted' });
}

const addMany = () =>
  pool().query(
    `WITH people AS (
       INSERT INTO "user" (id, handle, name) SELECT n, 'many' || n, '' FROM generate_series(10, $1) n RETURNING id
     ), rates AS (
       INSERT INTO post_rate SELECT id, 1, 1, now(), now() FROM people
     ), posted AS (
       INSERT INTO tweet (id, author_id, text) SELECT nextval('tweet_id_seq'), id, '' FROM people RETURNING id, author_id
     ), keys AS (
       INSERT INTO idempotency_key (account_id, key, fingerprint, tweet_id) SELECT $2, id, '', id FROM posted
     )
     INSERT INTO fan_out (tweet_id, author_id, expected) SELECT id, author_id, 1 FROM posted`,
    [MANY, AUTHOR],
  );

/** Lets the author have posted all that he may, the first of it `from` and a minute ago. */
const saturate = (pool: World['postgres']['pool'], from: number) =>
  pool.query(
    `UPDATE post_rate SET posts = 12, oldest_id = $2, oldest_at = now() - interval '61 s' WHERE account_id = $1`,
    [AUTHOR, from],
  );

it('a post, one again, a crowd, and those that are refused, planned when there was nothing else', async () => {
  const reads = await Promise.all(TABLES.map((table) => rowsRead(world, table)));
  for (const read of reads) {
    await read.by((pool) => post(pool, AUTHOR));
    await read.by(postCrowd);
  }
  // So many of one author only that Postgres would look for his next one among all.
  await pool().query(
    `INSERT INTO tweet (id, author_id, text) SELECT nextval('tweet_id_seq'), $1, '' FROM generate_series(1, 500)`,
    [AUTHOR],
  );
  await pool().query('ANALYZE');
  const last = await post(pool(), AUTHOR);
  for (const read of reads)
    await read.by(async (pool) => {
      for (const _ of range(1, 10)) {
        await saturate(pool, last - 1);
        await postTweet(pool, draft(), limits);
        await postCrowd(pool);
      }
    });
  const between = await post(pool(), AUTHOR);
  await addMany();
  await post(pool(), AUTHOR);
  for (const read of reads) {
    const rows = await read.by(async (pool) => {
      const once = draft();
      await saturate(pool, between);
      expect(await postTweet(pool, once, limits)).toMatchObject({ replayed: false });
      expect(await postTweet(pool, once, limits)).toMatchObject({ replayed: true });
      expect(await postTweet(pool, draft(), { ...limits, postsPerMinute: 11 })).toMatchObject({
        outcome: 'too fast',
      });
      expect(await postTweet(pool, draft(), { ...UNLIMITED, maxBacklog: 1 })).toMatchObject({
        outcome: 'full',
      });
    });
    expect(rows).toBeLessThan(60);
    expect(await read.by(postCrowd)).toBeLessThan(8 * 15);
    await read.close();
  }
});

import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { boundsFor } from '#core/admission/admission.ts';
import { openPostgres, transaction } from '#core/postgres.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { deleteTweet } from './delete-tweet.ts';
import { askToPost, fingerprintOf } from './post-statement.ts';
import { postBy, postTweet, UNLIMITED, UnknownAuthor } from './post-tweet.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ breaks: ['a fan-out counts what its chunks count'] });
  await addUsers(world.postgres.pool, range(1, 5));
  await addFollowers(world.postgres.pool, 1, [2, 3, 4]);
});
afterAll(() => world.close());

const draft = (idempotencyKey: string, text = 'Hello') => ({ authorId: 1, text, idempotencyKey });
const countRows = async (table: string) =>
  Number((await world.postgres.pool.query(`SELECT count(*) FROM ${table}`)).rows[0].count);

it('writes tweet, promise and key at once, and promises one delivery a follower', async () => {
  const posted = await postTweet(world.postgres.pool, draft('key-promise'));
  expect(posted).toMatchObject({
    outcome: 'posted',
    replayed: false,
    tweet: { text: 'Hello', author: { handle: 'user1' } },
    delivery: { state: 'waiting', expected: 3, delivered: 0, publishedAt: null },
  });
});

it('is on disk before it is promised, also from a pool whose commits do not wait', async () => {
  const worker = openPostgres({
    url: world.databaseUrl,
    max: 1,
    name: 'worker',
    synchronousCommit: 'off',
  });
  await worker.pool.query(`CREATE TABLE how (waits text);
    CREATE FUNCTION note_how() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO how VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
    CREATE CONSTRAINT TRIGGER note_how AFTER INSERT ON tweet DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION note_how()`); // at the commit
  await postTweet(worker.pool, draft('key-on-disk'));
  expect((await worker.pool.query('SELECT waits FROM how')).rows).toEqual([{ waits: 'on' }]);
  expect((await worker.pool.query('SHOW synchronous_commit')).rows).toEqual([{ synchronous_commit: 'off' }]);
  await worker.pool.query('DROP TRIGGER note_how ON tweet');
  await worker.close();
});

it('gives the same key and body the same answer, also after the delivery went on', async () => {
  const { pool } = world.postgres;
  const first = await postTweet(pool, draft('key-again'));
  if (first.outcome !== 'posted') throw new Error(first.outcome);
  await pool.query(`UPDATE fan_out SET state = 'delivering', delivered = 2 WHERE tweet_id = $1`, [
    first.tweet.id,
  ]);
  const tweets = await countRows('tweet');
  expect(await postTweet(pool, draft('key-again'))).toEqual({ ...first, replayed: true });
  expect(await countRows('tweet')).toBe(tweets);
});

it('refuses the same key for another body', async () => {
  await postTweet(world.postgres.pool, draft('key-mismatch'));
  expect(await postTweet(world.postgres.pool, draft('key-mismatch', 'Other'))).toEqual({
    outcome: 'mismatch',
  });
});

it('makes one tweet of twenty requests with one key at once', async () => {
  const tweets = await countRows('tweet');
  const all = await Promise.all(range(1, 20).map(() => postTweet(world.postgres.pool, draft('key-race'))));
  expect(await countRows('tweet')).toBe(tweets + 1);
  const posted = all.filter((each) => each.outcome === 'posted');
  expect(new Set(posted.map((each) => each.tweet.id)).size).toBe(1);
  expect(posted.filter((each) => !each.replayed)).toHaveLength(1);
});

it('answers "in progress" while the first request with the key has not committed', async () => {
  const { pool } = world.postgres;
  await transaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(1, hashtext('key-held'))`);
    expect(await postTweet(pool, draft('key-held'))).toEqual({ outcome: 'in progress' });
  });
});

it('posts once what a client had sent that died while Postgres wrote', async () => {
  const { pool } = world.postgres;
  const before = await countRows('tweet');
  const holder = await pool.connect();
  await holder.query('BEGIN; SELECT FROM backlog FOR UPDATE');
  const dying = new pg.Client({ connectionString: world.databaseUrl, application_name: 'dying' });
  await dying.connect();
  const { postsPerMinute } = UNLIMITED;
  const fingerprint = fingerprintOf({ text: 'Hello' });
  const bounds = boundsFor({ rate: 0 }, UNLIMITED);
  const lost = askToPost(dying, { ...draft('key-dying'), postsPerMinute, fingerprint, bounds });
  const refused = expect(lost).rejects.toThrow('Connection terminated');
  await eventually(async () => {
    const { rows } = await pool.query(
      `SELECT wait_event_type AS waits FROM pg_stat_activity WHERE application_name = 'dying'`,
    );
    expect(rows).toEqual([{ waits: 'Lock' }]);
  });
  await Promise.all([refused, dying.end()]);
  expect(await postTweet(pool, draft('key-dying'))).toEqual({ outcome: 'in progress' });
  await holder.query('COMMIT');
  holder.release();
  await eventually(async () => {
    expect(await postTweet(pool, draft('key-dying'))).toMatchObject({ outcome: 'posted', replayed: true });
  });
  expect(await countRows('tweet')).toBe(before + 1);
});
it('takes the same key from two accounts as two keys', async () => {
  const one = await postTweet(world.postgres.pool, draft('key-shared'));
  const two = await postTweet(world.postgres.pool, { ...draft('key-shared'), authorId: 2 });
  expect(one).toMatchObject({ replayed: false });
  expect(two).toMatchObject({ replayed: false });
});

it('leaves nothing behind when the author does not exist', async () => {
  const before = [await countRows('tweet'), await countRows('fan_out'), await countRows('idempotency_key')];
  const posting = postTweet(world.postgres.pool, { ...draft('key-nobody'), authorId: 999 });
  await expect(posting).rejects.toThrow(UnknownAuthor);
  expect([await countRows('tweet'), await countRows('fan_out'), await countRows('idempotency_key')]).toEqual(
    before,
  );
});
it('lets an author delete their own tweet, twice, and nobody else', async () => {
  const { pool } = world.postgres;
  const posted = await postTweet(pool, draft('key-delete'));
  if (posted.outcome !== 'posted') throw new Error(posted.outcome);
  expect(await deleteTweet(pool, 2, posted.tweet.id)).toBe(false);
  expect(await deleteTweet(pool, 1, posted.tweet.id)).toBe(true);
  expect(await deleteTweet(pool, 1, posted.tweet.id)).toBe(true);
  const { rows } = await pool.query('SELECT state FROM fan_out WHERE tweet_id = $1', [posted.tweet.id]);
  expect(rows).toEqual([{ state: 'cancelled' }]);
});

it('asks a tweet to come again when others take its room each time, and writes nothing', async () => {
  const { pool } = world.postgres;
  const posts = await countRows('tweet');
  const empty = { deliveries: 0, fanOuts: 0, rate: 100_000, deviation: 0, paused: false };
  let tries = 0;
  const outrun = {
    pool,
    ask: async () => {
      tries++;
      return { outcome: 'no room' as const, expected: 6_000, ...empty };
    },
  };
  const limits = { maxWaitS: 10, postsPerMinute: 100 };
  const answer = await postBy(outrun, draft('key-outrun'), limits);
  expect(answer).toMatchObject({ outcome: 'full', reason: 'backlog', expected: 6_000, roomInS: 0 });
  expect(tries).toBeGreaterThan(1);
  expect(await countRows('tweet')).toBe(posts);
  expect(await postTweet(pool, draft('key-outrun'))).toMatchObject({ outcome: 'posted', replayed: false });
});

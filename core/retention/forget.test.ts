import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkLedger } from '#core/audit/ledger-rules.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';
import { deliverAgain, deliverTweet } from '#testing/delivered-tweet.ts';
import { openWorld, type World } from '#testing/world.ts';
import { forgetOnce, KEYS, type Kept } from './forget.ts';
import { KEYS_AT_ONCE } from './forget-rows.ts';

let world: World;
let author = 0;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(() => {
  author += 100;
});
afterAll(() => world.close());

const KEPT: Kept = { ...KEYS, chunkDays: 7, fanOutDays: 30 };
const pool = () => world.postgres.pool;

async function forgetAll(): Promise<number> {
  let rows = 0;
  for (let found = -1; found !== 0; rows += found) found = await forgetOnce(pool(), KEPT);
  return rows;
}

/** Delivers a tweet to five followers, in two chunks. */
const deliver = () =>
  deliverTweet(pool(), { redis: world.timelines, shards: 1, cap: 100 }, { authorId: author, followers: 5 });

/** Lets days pass: makes everything that much older, also the time up to which it was forgotten. */
async function pass(days: number): Promise<void> {
  const back = `- ${days} * interval '1 day'`;
  await pool().query(`
    UPDATE fan_out SET accepted_at = accepted_at ${back}, finished_at = finished_at ${back};
    UPDATE chunk SET started_at = started_at ${back}, finished_at = finished_at ${back};
    UPDATE idempotency_key SET created_at = created_at ${back};
    UPDATE worker SET seen_at = seen_at ${back};
    UPDATE retention SET forgotten_to = forgotten_to ${back}`);
}

const count = async (table: string, where: string, tweetId: number): Promise<number> => {
  const { rows } = await pool().query<{ count: number }>(
    `SELECT count(*)::int FROM ${table} WHERE ${where} = $1`,
    [tweetId],
  );
  return rows[0]?.count ?? 0;
};
const leftOf = async (tweetId: number) => ({
  keys: await count('idempotency_key', 'tweet_id', tweetId),
  chunks: await count('chunk', 'tweet_id', tweetId),
  fanOuts: await count('fan_out', 'tweet_id', tweetId),
  tweets: await count('tweet', 'id', tweetId),
});

describe('a delivered tweet', () => {
  it('loses its key after a day, its chunks after a week, its fan-out after a month, and stays', async () => {
    const tweet = await deliver();
    await forgetAll();
    expect(await leftOf(tweet)).toEqual({ keys: 1, chunks: 2, fanOuts: 1, tweets: 1 });
    await pass(2);
    await forgetAll();
    expect(await leftOf(tweet)).toEqual({ keys: 0, chunks: 2, fanOuts: 1, tweets: 1 });
    await pass(6);
    await forgetAll();
    expect(await leftOf(tweet)).toEqual({ keys: 0, chunks: 0, fanOuts: 1, tweets: 1 });
    expect(await checkLedger(pool())).toEqual([]);
    await pass(23);
    await forgetAll();
    expect(await leftOf(tweet)).toEqual({ keys: 0, chunks: 0, fanOuts: 0, tweets: 1 });
    expect(await checkLedger(pool())).toEqual([]);
  });

  it('that has lost only some of its chunks breaks a rule, however old it is', async () => {
    const tweet = await deliver();
    await pass(8);
    await forgetAll();
    await pool().query(
      `INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected, state, delivered)
       VALUES ($1, 0, 0, 1, 2, 4, 'delivered', 4)`,
      [tweet],
    );
    expect((await checkLedger(pool())).map(({ rule }) => rule)).toEqual([
      'a fan-out counts what its chunks count',
    ]);
    await pool().query('DELETE FROM chunk WHERE tweet_id = $1', [tweet]);
  });

  it('gets nothing a second time by a message that comes after its fan-out was forgotten', async () => {
    const tweet = await deliver();
    await pass(31);
    await forgetAll();
    await expect(
      deliverAgain(pool(), { redis: world.timelines, shards: 1, cap: 100 }, { tweetId: tweet, number: 0 }),
    ).rejects.toThrow('Expected chunk 0 to be there');
  });
});

it('nothing of a fan-out that is not finished, or failed, goes, until it has ended', async () => {
  const waiting = await deliver();
  author += 50;
  const failed = await deliver();
  await pool().query(
    `UPDATE fan_out SET state = 'delivering', finished_at = NULL, planned_at = NULL WHERE tweet_id = $1`,
    [waiting],
  );
  await pool().query(
    `WITH c AS (UPDATE chunk SET state = 'failed', delivered = 0, gone = 0 WHERE tweet_id = $1 AND number = 0)
     UPDATE fan_out SET state = 'failed', chunks_done = 1, chunks_failed = 1, delivered = delivered - 4 WHERE tweet_id = $1`,
    [failed],
  );
  await pass(400);
  await forgetAll();
  for (const tweet of [waiting, failed])
    expect(await leftOf(tweet)).toMatchObject({ chunks: 2, fanOuts: 1, tweets: 1 });
  await pool().query(`UPDATE fan_out SET planned_at = now() WHERE tweet_id = $1`, [waiting]);
  await deleteTweet(pool(), author, failed);
  await pass(31);
  await forgetAll();
  for (const tweet of [waiting, failed])
    expect(await leftOf(tweet)).toEqual({ keys: 0, chunks: 0, fanOuts: 0, tweets: 1 });
});

it('what a task has posted is remembered for longer than a client’s key', async () => {
  await deliver();
  const keys = ['client-key', 'task 4711'];
  for (const idempotencyKey of keys)
    await postTweet(pool(), { authorId: author + 1, text: 'Kept', idempotencyKey });
  const left = async () =>
    (
      await pool().query<{ key: string }>(
        'SELECT key FROM idempotency_key WHERE key = ANY($1) ORDER BY key',
        [keys],
      )
    ).rows.map(({ key }) => key);
  await pass(3);
  await forgetAll();
  expect(await left()).toEqual(['task 4711']);
  await pass(30);
  await forgetAll();
  expect(await left()).toEqual([]);
  const again = await postTweet(pool(), { authorId: author + 1, text: 'Kept', idempotencyKey: 'client-key' });
  expect(again.outcome).toBe('posted'); // why a browser asks no more after 23 hours
});

it('a worker that was killed is forgotten after a day', async () => {
  await pool().query(
    `INSERT INTO worker (name, seen_at) VALUES ('killed', now() - interval '25 h'), ('alive', now())`,
  );
  await forgetAll();
  const { rows } = await pool().query('SELECT name FROM worker');
  expect(rows).toEqual([{ name: 'alive' }]);
});

it('more than a batch goes in several, and none is left between two of them', async () => {
  await pool().query(
    `WITH posted AS (
       INSERT INTO tweet (id, author_id, text) SELECT nextval('tweet_id_seq'), 1, '' FROM generate_series(1, 2500) RETURNING id
     )
     INSERT INTO fan_out (tweet_id, author_id, expected, state, finished_at)
     SELECT id, 1, 0, 'delivered', now() - interval '40 days' + (id / 2 % 1250) * interval '1 ms' FROM posted`,
  );
  await pool().query('DELETE FROM retention'); // a system that begins to forget
  const batches: number[] = [];
  do batches.push(await forgetOnce(pool(), KEPT));
  while (batches.at(-1) !== 0);
  // There are three batches. Each fan-out is looked at once for its chunks, and once to be removed itself.
  expect(batches.map((rows) => rows > 800 && rows <= 2_000)).toEqual([true, true, true, false]);
  const { rows } = await pool().query(`SELECT FROM fan_out WHERE finished_at < now() - interval '30 days'`);
  expect(rows).toEqual([]);
});

it('chunks and fan-outs go also while another key falls due at every look', async () => {
  const tweet = await deliver();
  await pass(31);
  const { rowCount } = await pool().query('SELECT FROM idempotency_key WHERE tweet_id = $1', [tweet]);
  expect(rowCount).toBe(1); // which falls due at this look
  await forgetOnce(pool(), KEPT);
  expect(await leftOf(tweet)).toEqual({ keys: 0, chunks: 0, fanOuts: 0, tweets: 1 });
});

it('no fan-out goes while more keys are due than a batch takes', async () => {
  const tweet = await deliver();
  await pass(31);
  await pool().query(
    `INSERT INTO idempotency_key (account_id, key, fingerprint, tweet_id, created_at)
     SELECT account_id, 'more ' || n, fingerprint, tweet_id, created_at FROM idempotency_key, generate_series(1, $2) n
     WHERE tweet_id = $1`,
    [tweet, KEYS_AT_ONCE],
  );
  await forgetOnce(pool(), KEPT);
  expect(await leftOf(tweet)).toEqual({ keys: 1, chunks: 2, fanOuts: 1, tweets: 1 });
  await forgetAll();
  expect(await leftOf(tweet)).toEqual({ keys: 0, chunks: 0, fanOuts: 0, tweets: 1 });
});

it('a worker that dies in the middle of a batch leaves all of it to the next, twice', async () => {
  const tweet = await deliver();
  await pass(31);
  for (const step of ['DELETE FROM chunk', 'INSERT INTO retention']) {
    dieBehind(step);
    await expect(forgetAll()).rejects.toThrow();
    expect(await leftOf(tweet)).toMatchObject({ chunks: 2, fanOuts: 1 });
  }
  await forgetAll();
  expect(await leftOf(tweet)).toEqual({ keys: 0, chunks: 0, fanOuts: 0, tweets: 1 });
});

/** Cuts the connection after a statement about chunks, as the death of its process would. */
function dieBehind(step: string): void {
  const { query } = pg.Client.prototype;
  let isAtChunks = false;
  const dying = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(async function (
    this: pg.Client,
    ...args
  ) {
    const result = await Reflect.apply(query, this, args);
    isAtChunks ||= String(args[0]).includes('DELETE FROM chunk');
    if (isAtChunks && String(args[0]).includes(step)) {
      dying.mockRestore();
      await pool().query('SELECT pg_terminate_backend($1)', [Reflect.get(this, 'processID')]);
    }
    return result;
  });
}

it('two workers at once take turns: one is at it, the other does something else', async () => {
  await deliver();
  await pass(40);
  const holder = await pool().connect();
  await holder.query('BEGIN; SELECT pg_advisory_xact_lock(7103, 0)');
  expect(await forgetOnce(pool(), KEPT)).toBe(0);
  await holder.query('ROLLBACK');
  holder.release();
  expect(await forgetOnce(pool(), KEPT)).toBeGreaterThan(0);
});

it('codes of apps go after a day, and apps after a month in which they acted for nobody', async () => {
  const hash = (text: string) => `sha256('${text}')`;
  await pool().query(`
    INSERT INTO client_app (client_id, secret_hash, name, redirect_uris, scopes, used_at)
    SELECT name, ${hash('secret')}, name, '{app://back}', '{read}', now() - age * interval '1 day'
    FROM (VALUES ('unused', 31), ('new', 29), ('used', 400)) app (name, age);
    INSERT INTO access_token (hash, app_id, account_id, scopes)
    SELECT sha256(name::bytea), id, CASE name WHEN 'used' THEN 1 END, '{read}' FROM client_app;
    INSERT INTO authorization_code (hash, app_id, account_id, redirect_uri, scopes, expires_at, created_at)
    SELECT sha256(age::text::bytea), id, 1, 'app://back', '{read}', now(), now() - age * interval '1 hour'
    FROM client_app, (VALUES (23), (25)) code (age) WHERE name = 'used'`);
  await forgetAll();
  const { rows } = await pool().query(`
    SELECT name, (SELECT count(*)::int FROM authorization_code WHERE app_id = a.id) AS codes FROM client_app a ORDER BY 1`);
  expect(rows).toEqual([
    { name: 'new', codes: 0 },
    { name: 'used', codes: 1 },
  ]);
});

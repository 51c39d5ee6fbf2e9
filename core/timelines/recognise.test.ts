import { afterAll, beforeAll, beforeEach, expect, it, type TestContext } from 'vitest';
import { audit } from '#core/audit/audit.ts';
import { unfollow } from '#core/followers/follow.ts';
import { changeShards, readLayout } from '#core/ledger/layout.ts';
import { openPostgres } from '#core/postgres.ts';
import { startPostgres } from '#dev/postgres.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { backUpPostgres, restorePostgres } from '#lab/faults/older-postgres.ts';
import { migrate } from '#prisma/migrate.ts';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { post } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { clockKey, Epochs, ledgerKey, tick } from './epoch.ts';
import { readHome } from './home-timeline.ts';
import { readTimeline } from './read-timeline.ts';
import { inWords, type Loss, readLedger, readLoss, recogniseLedger, recognising } from './recognise.ts';
import { removeRetired } from './remove-retired.ts';
import { settleOnce } from './settle.ts';
import { epochKey, receiptKey, type TimelineStore, tagOf, timelineKey } from './timeline.ts';

let world: World;
let store: TimelineStore;
beforeAll(async () => {
  world = await openWorld();
  store = { redis: world.timelines, shards: 2, cap: 100 };
  await world.postgres.pool.query('UPDATE timeline_layout SET shards = 2');
});
beforeEach(async () => {
  await world.timelines.flushdb();
  await settle();
});
afterAll(() => world.close());

async function settle(pool = world.postgres.pool, told?: (loss: Loss) => void): Promise<void> {
  const epochs = new Epochs();
  for (let looks = 0; looks < 6; looks++) await settleOnce(pool, store, epochs, told);
  expect(epochs.known.size).toBe(store.shards);
}

/** As if Postgres was restored: the ledger knows nothing of the last beats. */
const goBack = () => world.postgres.pool.query('UPDATE ledger_incarnation SET beat = beat - 3');
const newestId = async () => (await readLedger(world.postgres.pool)).newestId;

/** As if Postgres was another server now, perhaps a copy of the one before. */
const startAnew = () =>
  world.postgres.pool.query(`UPDATE ledger_incarnation SET started_at = started_at - interval '1 day'`);

it('finds a ledger that is behind what the store remembers, once, and lets nobody read the shards of before', async () => {
  const { pool } = world.postgres;
  const before = await readLedger(pool);
  await goBack();
  const losses = [await recogniseLedger(pool, store), await recogniseLedger(pool, store)];
  expect(losses).toEqual([{ after: 0, to: before.newestId, at: expect.any(String) }, null]);
  for (const shard of [0, 1]) {
    const tag = tagOf(store, shard);
    expect(await store.redis.exists(epochKey(tag), clockKey(tag))).toBe(0);
    expect((await readTimeline(store, shard)).outcome).toBe('unsettled');
  }
  await settle();
  expect((await readLedger(pool)).token).not.toBe(before.token);
  expect(await readLoss(pool)).toEqual(losses[0]);
});

it('finds it also when a process died before the shards of before were forgotten', async () => {
  const { pool } = world.postgres;
  await goBack();
  const away = {
    ...store,
    redis: Object.create(store.redis, {
      evalsha: { value: () => Promise.reject(new Error('Connection is closed.')) },
    }),
  };
  expect(await recogniseLedger(pool, away)).not.toBeNull();
  expect((await readTimeline(store, 0)).outcome).not.toBe('unsettled');
  const told: Loss[] = [];
  await settle(pool, (loss) => told.push(loss));
  expect(told).toEqual([]); // it is known: told once
  expect((await readTimeline(store, 0)).outcome).toBe('cold');
});

it('reports what is lost by the newest tweet that is there: a restored sequence may be ahead of it', async () => {
  const { pool } = world.postgres;
  const kept = await deliverTweet(pool, store, { authorId: 300, followers: 1 });
  await pool.query(`SELECT nextval('tweet_id_seq'), nextval('tweet_id_seq')`); // two tweets that will be lost
  await settle();
  await goBack();
  await pool.query(`SELECT setval('tweet_id_seq', $1)`, [kept + 32]);
  expect(await recogniseLedger(pool, store)).toMatchObject({ after: kept, to: kept + 2 });
  await settle();
});

it('knows each branch that it lost: a shard that still remembers an earlier one is no other loss', async () => {
  const { pool } = world.postgres;
  const first = await store.redis.get(ledgerKey('0'));
  for (const _ of [1, 2]) {
    await goBack();
    expect(await recogniseLedger(pool, store)).not.toBeNull();
    await settle();
  }
  const { token } = await readLedger(pool);
  await store.redis.set(ledgerKey('0'), first ?? ''); // as if it was away since
  expect(await recogniseLedger(pool, store)).toBeNull();
  expect((await readLedger(pool)).token).toBe(token);
  expect((await readTimeline(store, 0)).outcome).toBe('unsettled');
  expect((await readTimeline(store, 1)).outcome).toBe('cold');
});

it('finds it also when the ledger was restored to before a change of the number of shards', async () => {
  const { pool } = world.postgres;
  const before = store;
  await changeShards(pool, 3);
  store = { ...before, ...(await readLayout(pool)) };
  await settle();
  while ((await removeRetired(pool, world.timelines)) > 0);
  await pool.query('DELETE FROM timeline_layout WHERE generation > 0');
  await goBack();
  store = before;
  expect(await recogniseLedger(pool, store)).toMatchObject({ at: expect.any(String) });
  expect(await recogniseLedger(pool, store)).toBeNull();
  await settle();
});

it('takes a look that was slow for none of it', async () => {
  const { pool } = world.postgres;
  const { now, isKnown, ...old } = await readLedger(pool);
  await settle();
  const moment = { now, ledger: { ...old, beat: old.beat - 1 }, token: '' };
  expect(await tick(store, 0, moment)).toEqual({ outcome: 'foreign' });
  expect(await recogniseLedger(pool, store)).toBeNull();
  expect(isKnown).toBe(true);
  await settle();
});

it('takes no post on a server that nobody has looked at, and sets the ids ahead before it does', async () => {
  const { pool } = world.postgres;
  await deliverTweet(pool, store, { authorId: 100, followers: 2 });
  await settle();
  const last = await newestId();
  await startAnew();
  await expect(post(pool, 100)).rejects.toMatchObject({ code: '57P03' });
  const onConnect = recognising(store, () => {});
  const postgres = openPostgres({ url: world.databaseUrl, max: 1, name: 'web', onConnect });
  expect(await post(postgres.pool, 100)).toBeGreaterThan(last + 100_000);
  await postgres.close();
});

it('sets the ids ahead by the time that has passed when the store cannot say what it knows', async () => {
  const { pool } = world.postgres;
  await world.timelines.flushdb();
  const last = await newestId();
  await pool.query(
    `UPDATE ledger_incarnation SET started_at = started_at - interval '1 day', beat_at = beat_at - interval '1 hour'`,
  );
  await recogniseLedger(pool, store);
  expect(await newestId()).toBeGreaterThanOrEqual(last + 3_600 * 10_000);
});

it('distrusts a shard whose clock was set back when it loses something', async () => {
  const { pool } = world.postgres;
  const look = async (hours: number) => {
    const { now, isKnown, ...ledger } = await readLedger(pool);
    expect(isKnown).toBe(true);
    return tick(store, 0, { now: new Date(now.getTime() + hours * 3_600_000), ledger, token: '' });
  };
  for (const hours of [1, 0]) expect(await look(hours)).toMatchObject({ outcome: 'settled' });
  await store.redis.del(epochKey('0'));
  expect(await look(0)).toEqual({ outcome: 'unknown' });
  await settle();
  await store.redis.del(epochKey('0'));
  expect(await look(0)).toMatchObject({ outcome: 'restored' });
});

it('says what is gone', () => {
  const at = '2026-11-26T00:00:00.000Z';
  expect(inWords({ after: 7, to: 9, at })).toBe(
    'Postgres was restored: tweets 8 to 9 are not there any more',
  );
  expect(inWords({ after: 7, to: 7, at })).toBe(
    'Postgres was restored: no tweet that the timeline store knows of is missing',
  );
});

it('shows no tweet of before under a new one, and leaves no hole, when Postgres is restored', {
  timeout: 60_000,
}, async ({ onTestFinished }) => {
  const log: string[] = [];
  const { pool, dataDir, server, comeBack } = await openServer(onTestFinished, log);
  const homeOf = (userId: number) => readHome({ pool, timelines: store }, { userId, limit: 10 });
  await world.timelines.flushdb();
  const kept = await deliverTweet(pool, store, { authorId: 100, followers: 8 });
  await settle(pool);
  await backUpPostgres(pool, dataDir);
  const lost = await deliverTweet(pool, store, { authorId: 200, followers: 4 });
  await unfollow(pool, { followerId: 101, followeeId: 100 });
  await world.timelines.del(timelineKey(101, store));
  expect(await homeOf(101)).toMatchObject({ tweets: [] }); // rebuilt without the tweet
  await settle(pool);
  server.kill();
  await server.exited;
  await restorePostgres(dataDir);
  await comeBack();
  const next = await post(pool, 100);
  expect(next).toBeGreaterThan(lost);
  expect(log).toEqual([
    expect.stringMatching(/^Postgres was restored: tweets \d+ to \d+ are not there any more$/),
  ]);
  await settle(pool);
  expect((await homeOf(101)).tweets.map(({ id }) => id)).toEqual([kept]);
  expect(await audit(pool, store, kept)).toMatchObject({ missing: 0, twice: 0 });
  expect(await store.redis.exists(receiptKey(lost, '0'), receiptKey(lost, '1'))).toBe(0);
});

/** Opens a PostgreSQL for this test alone, because the test kills it. */
async function openServer(onTestFinished: TestContext['onTestFinished'], log: string[]) {
  const { dir: dataDir, remove } = openTempFolder('restored');
  const options = { dataDir, database: 'restored', durable: false, log: () => {} };
  const server = await startPostgres(options);
  await migrate(server.url);
  const onConnect = recognising(store, (line) => log.push(line));
  const { pool, close } = openPostgres({ url: server.url, max: 3, name: 'web', onConnect });
  await pool.query('UPDATE timeline_layout SET shards = 2');
  let last = server;
  onTestFinished(async () => {
    await close();
    await last.stop(2_000);
    remove();
  });
  const comeBack = async () => {
    last = await startPostgres({ ...options, port: server.port });
  };
  return { pool, dataDir, server, comeBack };
}

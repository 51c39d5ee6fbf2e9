import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerKey } from '#core/timelines/epoch.ts';
import { rebuildKey } from '#core/timelines/merge.ts';
import { readTimeline } from '#core/timelines/read-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { receiptKey, timelineKey } from '#core/timelines/timeline.ts';
import { openWorld, type World } from '#testing/world.ts';
import { idOfDemo } from './seed/audiences.ts';
import { demoAccounts } from './seed/demo/accounts.ts';
import { isSeeded, type SeedOptions, seed } from './seed.ts';

const FOLLOWERS = 20_000;
const SHARDS = 2;
const CAP = 300; // fewer than all authors have written, so that the account that follows them all gets a floor

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.postgres.pool.query('UPDATE timeline_layout SET shards = $1', [SHARDS]);
  await seed(options());
  await settleOnce(world.postgres.pool, store());
});
afterAll(() => world.close());

test('every demo account has exactly the followers that it stands for', async () => {
  const found = await rows<{ handle: string; followers: number }>(
    'SELECT handle, follower_count AS followers FROM "user" WHERE role IS NOT NULL ORDER BY id',
  );
  expect(found.map(({ followers }) => followers)).toEqual([
    12, 8_412, 20_000, 231, 0, 1_204, 3_377, 1_000, 5_000, 4_000, 4_001, 1,
  ]);
  expect(found.map(({ handle }) => handle)).toEqual(demoAccounts.map(({ handle }) => handle));
});
test('no edge is owed a fan-out or a backfill, and each has people at both ends', async () => {
  const owed = await rows(
    `SELECT * FROM follow f WHERE since <> 0 OR backfilled_at IS NULL
       OR NOT EXISTS (SELECT FROM "user" WHERE id = f.followee_id)
       OR NOT EXISTS (SELECT FROM "user" WHERE id = f.follower_id)`,
  );
  expect(owed).toEqual([]);
  expect(await rows('SELECT tweet_id FROM fan_out')).toEqual([]);
});
test('one account follows all who write and have followers, one follows nobody', async () => {
  const missed = await rows(
    `SELECT handle FROM "user" u WHERE EXISTS (SELECT FROM tweet WHERE author_id = u.id)
       AND NOT EXISTS (SELECT FROM follow WHERE followee_id = u.id AND follower_id = $1)`,
    [idOfDemo('hana_reads')],
  );
  expect(missed).toEqual([{ handle: 'hana_reads' }, { handle: 'edvin_ashore' }]);
  expect(await timelineOf(idOfDemo('edvin_ashore'))).toBeNull();
});
test('timelines hold what Postgres says, down to their floor', async () => {
  const everyTenth = await rows<{ id: number }>('SELECT id FROM "user" WHERE id % 10 = 4');
  for (const { id } of everyTenth) expect(await timelineOf(id)).toEqual(await expectedTimelineOf(id));
});

test('the account that follows everybody has a timeline full to the cap, with the first id left out as floor', async () => {
  const id = idOfDemo('hana_reads');
  const timeline = await timelineOf(id);
  expect(timeline).toEqual(await expectedTimelineOf(id));
  expect(timeline?.ids).toHaveLength(CAP);
  expect(timeline?.floor).toBeGreaterThan(0);
});
test('a seeded database is left alone', async () => {
  const before = await checksum();
  expect(await seed(options({ seed: 2 }))).toEqual({ outcome: 'seeded already' });
  expect(await checksum()).toEqual(before);
});

test('the same seed gives the same people, graph and tweets, another seed gives others', async () => {
  const before = await checksum();
  await seed(options({ fresh: true, seed: 2 }));
  const other = await checksum();
  expect(other.people).not.toBe(before.people);
  expect(other.follows).not.toBe(before.follows);
  expect(other.tweets).not.toBe(before.tweets);
  await seed(options({ fresh: true }));
  expect(await checksum()).toEqual(before);
});

test('a seed that died half-way is noticed and begins anew', async () => {
  const before = await checksum();
  const dies = (line: string) => {
    if (line.startsWith('Wrote the people')) throw new Error('killed');
  };
  await expect(seed(options({ fresh: true, log: dies }))).rejects.toThrow('killed');
  expect(await isSeeded(world.databaseUrl)).toBe(false);
  expect(await seed(options())).toMatchObject({ outcome: 'seeded' });
  expect(await isSeeded(world.databaseUrl)).toBe(true);
  expect(await checksum()).toEqual(before);
});

test('a fresh seed uses no tweet id again and forgets receipts, and leaves what is not of this application', async () => {
  const [last] = await rows<{ id: number }>('SELECT max(id) AS id FROM tweet');
  await world.timelines.hset(receiptKey(1, '0'), '0', '12 0');
  await world.timelines.set(rebuildKey(1, { shards: SHARDS }), 'token');
  await world.timelines.rpush(timelineKey(999_999_999, { shards: SHARDS }), '0');
  await world.timelines.set('somebody-else', '1');
  await seed(options({ fresh: true }));
  const [first] = await rows<{ id: number }>('SELECT min(id) AS id FROM tweet');
  expect(first?.id).toBeGreaterThan(last?.id ?? Number.POSITIVE_INFINITY);
  const gone = [
    receiptKey(1, '0'),
    rebuildKey(1, { shards: SHARDS }),
    timelineKey(999_999_999, { shards: SHARDS }),
  ];
  expect(await world.timelines.exists(...gone)).toBe(0);
  expect(await world.timelines.del('somebody-else')).toBe(1);
});

test('timelines last that are written into a store of another ledger', async () => {
  const ofAnother = `${crypto.randomUUID()} 4711 1000000`;
  for (let shard = 0; shard < SHARDS; shard++) await world.timelines.set(ledgerKey(String(shard)), ofAnother);
  await seed(options({ fresh: true }));
  while ((await settleOnce(world.postgres.pool, store())) > 0);
  const id = idOfDemo('hana_reads');
  expect(await timelineOf(id)).toEqual(await expectedTimelineOf(id));
});

function options(more: Partial<SeedOptions> = {}): SeedOptions {
  return {
    databaseUrl: world.databaseUrl,
    timelineRedisUrl: world.timelineRedisUrl,
    followers: FOLLOWERS,
    cap: CAP,
    now: new Date('2027-03-01T12:00:00Z'),
    ...more,
  };
}

async function rows<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  return (await world.postgres.pool.query<Row>(sql, values)).rows;
}

const store = () => ({ redis: world.timelines, shards: SHARDS, cap: CAP });

const timelineOf = async (id: number) => {
  const found = await readTimeline(store(), id);
  return found.outcome === 'warm' ? { ids: found.ids, floor: found.floor } : null;
};

async function expectedTimelineOf(id: number) {
  const found = await rows<{ id: number }>(
    `SELECT t.id FROM follow f JOIN tweet t ON t.author_id = f.followee_id
     WHERE f.follower_id = $1 ORDER BY t.id DESC`,
    [id],
  );
  const ids = found.map((row) => row.id);
  const [follows] = await rows('SELECT FROM follow WHERE follower_id = $1 LIMIT 1', [id]);
  return follows ? { ids: ids.slice(0, CAP), floor: ids[CAP] ?? 0 } : null;
}

/** Names tweets by their order, because their ids go on from where the sequence was. */
async function checksum() {
  const [sums] = await rows<{ people: string; follows: string; tweets: string }>(
    `SELECT (SELECT md5(string_agg(u::text, ';' ORDER BY id)) FROM "user" u) AS people,
            (SELECT md5(string_agg(f::text, ';' ORDER BY followee_id, follower_id)) FROM follow f) AS follows,
            (SELECT md5(string_agg(concat(author_id, text, created_at), ';' ORDER BY id)) FROM tweet) AS tweets`,
  );
  if (!sums) throw new Error('Expected one row of checksums, got none');
  return sums;
}

import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readChunks } from '#core/ledger/chunks.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { openRedis } from '#core/redis.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { type DeliveryStage, openDeliveryStage } from '#testing/delivery-stage.ts';
import { eventually } from '#testing/eventually.ts';
import { post, range } from '#testing/people.ts';
import { relayOnce } from '#worker/relay.ts';

let stage: DeliveryStage;
let pool: pg.Pool;
let author = 0;
beforeAll(async () => {
  stage = await openDeliveryStage();
  pool = stage.world.postgres.pool;
});
beforeEach(() => {
  author += 1_000;
});
afterAll(() => stage.close());

it('changes nothing when the fan-out comes twenty times at once', async () => {
  await stage.audience(author, 95);
  const tweet = await post(pool, author);
  await stage.publish(tweet, 20);
  expect(await stage.delivered(tweet)).toMatchObject({ delivered: 95, chunks: 10, chunksDone: 10 });
  await stage.settled();
  expect(await stage.readBack(tweet)).toMatchObject({ present: 95, missing: 0, twice: 0 });
});

it('ignores chunks that come again after the end, and counts them', async () => {
  await stage.audience(author, 25);
  const tweet = await post(pool, author);
  await stage.publish(tweet);
  await stage.delivered(tweet);
  await stage.broker.publish(
    'delivery',
    range(0, 2).map((chunk) => ({ key: `again-${tweet}-${chunk}`, body: { tweetId: tweet, chunk } })),
  );
  await stage.settled();
  const [after] = await readDeliveries(pool, [tweet]);
  expect(after).toMatchObject({ state: 'delivered', delivered: 25, redeliveries: 3 });
  expect(await stage.readBack(tweet)).toMatchObject({ present: 25, twice: 0 });
});

it('answers from the receipt when a worker died between push and ledger', async () => {
  await stage.audience(author, 25);
  const tweet = await post(pool, author);
  await stage.publish(tweet);
  await stage.delivered(tweet);
  // As if the ledger had never heard of chunk 1.
  await pool.query(
    `WITH undone AS (UPDATE chunk SET state = 'waiting', delivered = 0 WHERE tweet_id = $1 AND number = 1)
     UPDATE fan_out SET state = 'delivering', delivered = delivered - 10, chunks_done = chunks_done - 1,
       finished_at = NULL WHERE tweet_id = $1`,
    [tweet],
  );
  await stage.publish(tweet);
  expect(await stage.delivered(tweet)).toMatchObject({ delivered: 25, redeliveries: 1 });
  expect(await stage.readBack(tweet)).toMatchObject({ present: 25, twice: 0 });
});

it('tries again the one chunk of a message that failed, and delivers the others at once', async () => {
  const followers = await stage.audience(author, 95);
  const broken = timelineKey(followers[55] ?? 0, { shards: 1 }); // in chunk 5; a message holds chunks 4 to 7
  await stage.world.timelines.rename(broken, 'kept');
  await stage.world.timelines.set(broken, 'no list');
  const tweet = await post(pool, author);
  await stage.publish(tweet);
  const chunks = () => readChunks(pool, tweet);
  await eventually(async () => expect((await chunks())[5]?.error).toMatch(/WRONGTYPE/));
  await eventually(async () => {
    const done = (await chunks()).filter(({ state }) => state === 'delivered');
    expect(done.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9]);
  });
  await stage.world.timelines.rename('kept', broken);
  expect(await stage.delivered(tweet)).toMatchObject({ delivered: 95, chunksDone: 10 });
  expect((await chunks()).map(({ attempts }) => attempts > 1)).toEqual(range(0, 9).map((n) => n === 5));
  expect((await stage.readBack(tweet)).missing).toBe(0);
});

it('finds what the web process never published, once it is due', async () => {
  await stage.audience(author, 7);
  const tweet = await post(pool, author);
  await pool.query(`UPDATE fan_out SET due_at = now() - interval '1 s' WHERE tweet_id = $1`, [tweet]);
  await relayOnce(stage.context);
  const delivery = await stage.delivered(tweet);
  expect(delivery).toMatchObject({ delivered: 7 });
});

it('heals when the broker is emptied in the middle', async () => {
  await stage.audience(author, 95);
  const tweet = await post(pool, author);
  const queue = openRedis(stage.world.queueRedisUrl, 'nemesis');
  await stage.publish(tweet);
  await queue.flushdb();
  queue.disconnect();
  await pool.query(`UPDATE fan_out SET due_at = now() - interval '1 s' WHERE tweet_id = $1`, [tweet]);
  expect(await stage.delivered(tweet)).toMatchObject({ delivered: 95 });
  expect(await stage.readBack(tweet)).toMatchObject({ present: 95, missing: 0, twice: 0 });
});

it('gives up a message that is not one, and goes on', async () => {
  await stage.broker.publish('delivery', [{ key: 'poison', body: { chunk: 'none' } }]);
  await eventually(async () => {
    const [dead] = await stage.broker.deadLetters('delivery', 1);
    expect(dead?.error).toMatch(/tweetId: /);
  });
  await stage.audience(author, 15);
  const tweet = await post(pool, author);
  await stage.publish(tweet);
  expect(await stage.delivered(tweet)).toMatchObject({ delivered: 15 });
});

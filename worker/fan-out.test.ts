import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { Handler } from '#broker/port.ts';
import { checkLedger } from '#core/audit/ledger-rules.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { type DeliveryStage, openDeliveryStage } from '#testing/delivery-stage.ts';
import { eventually } from '#testing/eventually.ts';
import { post, range } from '#testing/people.ts';
import { fanOutHandler } from './fan-out.ts';

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

/** Tweets of authors with so many followers each, who are all warm and nobody else's. */
async function postAll(...audiences: number[]) {
  const tweets: { tweetId: number; followers: number[] }[] = [];
  for (const [n, size] of audiences.entries()) {
    const followers = await stage.audience(author + 200 * n, size);
    tweets.push({ tweetId: await post(pool, author + 200 * n), followers });
  }
  return tweets;
}

const idsOf = (tweets: { tweetId: number }[]) => tweets.map(({ tweetId }) => tweetId);

const publishTogether = (tweetIds: number[]) =>
  stage.broker.publish('fan-out', [{ key: `together-${crypto.randomUUID()}`, body: { tweetIds } }]);

async function expectDeliveredOnce(tweets: { tweetId: number; followers: number[] }[]): Promise<void> {
  for (const { tweetId, followers } of tweets) {
    const size = followers.length;
    expect(await stage.delivered(tweetId)).toMatchObject({ expected: size, delivered: size, cold: 0 });
    expect(await stage.readBack(tweetId)).toMatchObject({ present: size, missing: 0, twice: 0 });
  }
  expect(await checkLedger(pool)).toEqual([]);
}

/** The names of the prepared statements that run through it. */
function watched(): { pool: pg.Pool; said: string[] } {
  const said: string[] = [];
  const query = (...args: unknown[]) => {
    const [first] = args;
    if (typeof first === 'object' && first !== null && 'name' in first) said.push(String(first.name));
    return Reflect.apply(pool.query, pool, args);
  };
  return {
    pool: new Proxy(pool, { get: (target, name) => (name === 'query' ? query : Reflect.get(target, name)) }),
    said,
  };
}

const handle = (context: DeliveryStage['context'], tweetIds: number[]) =>
  taking(fanOutHandler(context))(tweetIds);

const taking = (handler: Handler) => (tweetIds: number[]) =>
  handler({ body: { tweetIds }, redelivered: false, signal: new AbortController().signal });

it('starts every tweet of a message in one statement, and finishes together those that wait for one', async () => {
  const tweets = await postAll(3, 7, 10, 4, 5);
  const { pool: through, said } = watched();
  await handle({ ...stage.context, pool: through }, idsOf(tweets));
  const [start, ...ends] = said;
  expect(start).toBe('start-only-chunks');
  expect(new Set(ends)).toEqual(new Set(['finish-chunks']));
  expect(ends.length).toBeLessThan(tweets.length);
  await expectDeliveredOnce(tweets);
});
it('changes nothing when a message comes twenty times at once, in other orders and parts', async () => {
  const tweets = await postAll(3, 7, 10, 5);
  const tweetIds = idsOf(tweets);
  const parts = range(1, 20).map((n) => (n % 2 ? [...tweetIds].reverse() : tweetIds.slice(n % 4)));
  await Promise.all(parts.map(publishTogether));
  await expectDeliveredOnce(tweets);
  await stage.settled();
  await expectDeliveredOnce(tweets);
});

it('delivers the small ones beside a large one, and gives up none but one that does not exist', async () => {
  const tweets = await postAll(7, 95, 4);
  await publishTogether([...idsOf(tweets), 987_654_321]);
  await expectDeliveredOnce(tweets);
  await eventually(async () => {
    const [dead] = await stage.broker.deadLetters('fan-out', 1);
    expect(dead?.error).toMatch(/has a fan-out, got 987654321/);
  });
});

it('tries again the one tweet whose push fails, and delivers its neighbours at once and once', async () => {
  const tweets = await postAll(7, 8, 9);
  const [first, poisoned, last] = tweets;
  if (!first || !poisoned || !last) throw new Error('Expected three tweets');
  const broken = timelineKey(poisoned.followers[3] ?? 0, { shards: 1 });
  await stage.world.timelines.rename(broken, 'kept');
  await stage.world.timelines.set(broken, 'no list');
  await publishTogether(idsOf(tweets));
  await eventually(async () => {
    expect((await readChunks(pool, poisoned.tweetId))[0]?.error).toMatch(/WRONGTYPE/);
    await expectAttempts([first, last], 1);
  });
  await stage.world.timelines.rename('kept', broken);
  expect(await stage.delivered(poisoned.tweetId)).toMatchObject({ delivered: 8 });
  await stage.settled();
  await expectAttempts([first, last], 1);
  await expectDeliveredOnce([first, last]);
});

for (const [state, step] of [
  ['delivering', 'start'],
  ['delivered', 'end'],
])
  it(`delivers the neighbours of a tweet whose ${step} the ledger refuses, and that tweet later`, async () => {
    const tweets = await postAll(7, 8, 9);
    const [first, poisoned, last] = tweets;
    if (!first || !poisoned || !last) throw new Error('Expected three tweets');
    const heal = await poison(poisoned.tweetId, state ?? '');
    await publishTogether(idsOf(tweets));
    await expectDeliveredOnce([first, last]);
    await expectAttempts([first, last], 1);
    expect(await readDeliveries(pool, [poisoned.tweetId])).toMatchObject([{ delivered: 0 }]);
    await heal();
    await expectDeliveredOnce(tweets);
    await expectAttempts([first, last], 1);
  });

it('delivers the neighbours of a tweet that a frozen process has in its hands', async () => {
  const tweets = await postAll(7, 8, 9);
  const [first, held, last] = tweets;
  if (!first || !held || !last) throw new Error('Expected three tweets');
  const holder = await pool.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM fan_out WHERE tweet_id = $1 FOR UPDATE', [held.tweetId]);
  await publishTogether(idsOf(tweets));
  await expectDeliveredOnce([first, last]);
  await holder.query('ROLLBACK');
  holder.release();
  await expectDeliveredOnce(tweets);
});

it('delivers the messages beside one whose only tweet a frozen process has in its hands', async () => {
  const [held, free] = await postAll(7, 8);
  if (!held || !free) throw new Error('Expected two tweets');
  const take = taking(fanOutHandler(stage.context));
  const holder = await pool.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM fan_out WHERE tweet_id = $1 FOR UPDATE', [held.tweetId]);
  const waiting = take([held.tweetId]);
  await new Promise(setImmediate);
  await take([free.tweetId]);
  await holder.query('ROLLBACK');
  holder.release();
  await waiting;
  await expectDeliveredOnce([held, free]);
});

async function expectAttempts(tweets: { tweetId: number }[], attempts: number): Promise<void> {
  for (const { tweetId } of tweets)
    expect(await readChunks(pool, tweetId)).toMatchObject([
      { state: 'delivered', attempts, redeliveries: 0 },
    ]);
}

/** The ledger refuses any row of this tweet in this state, until it is healed. */
async function poison(tweetId: number, state: string): Promise<() => Promise<void>> {
  await pool.query(`
    CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE 'poison'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON fan_out FOR EACH ROW
      WHEN (NEW.tweet_id = ${tweetId} AND NEW.state = '${state}') EXECUTE FUNCTION refuse()`);
  const heal = async () => {
    await pool.query('DROP FUNCTION IF EXISTS refuse() CASCADE');
  };
  onTestFinished(heal);
  return heal;
}

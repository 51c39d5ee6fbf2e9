import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postTweet, UNLIMITED } from '#core/tweets/post-tweet.ts';
import { addFollowers, addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { type AdmissionLimits, type Backlog, type Bounds, boundsFor, costOf, SMALL } from './admission.ts';
import { FAN_OUT_COST } from './fan-out-cost.ts';
import { boundsBehind, refuse } from './refuse.ts';
import { WaitingList } from './waiting-list.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ breaks: ['followers are counted right'] });
});
afterAll(() => world.close());

/** As post_tweets compares. */
async function hasRoom(expected: number, backlog: Required<Backlog>, bounds: Bounds): Promise<boolean> {
  const { deliveries, fanOuts, rate, deviation } = backlog;
  const row = JSON.stringify({ deliveries, fan_outs: fanOuts, rate, rate_deviation: deviation });
  const { rows } = await world.postgres.pool.query<{ has: boolean }>(
    'SELECT has_room(jsonb_populate_record(NULL::backlog, $1), $2, $3, $4, $5, $6) AS has',
    [
      row,
      expected,
      FAN_OUT_COST,
      expected <= SMALL ? bounds.small : bounds.large,
      bounds.rate?.rate,
      bounds.rate?.deviation,
    ],
  );
  return rows[0]?.has === true;
}

const sizes = fc.constantFrom(0, 1, 12, SMALL, SMALL + 1, 100_000, 5_000_000);
const rates = fc.constantFrom(0, 0.01, 12_345.678, 900_000);

it('lets in by comparing what would be let in by deciding, to the delivery', async () => {
  const cases = fc.record({
    expected: sizes,
    rate: rates,
    deviation: fc.constantFrom(0, 0.001, 1_234.5),
    maxBacklog: fc.constantFrom(undefined, 1, 10_000, 2_000_000),
    full: fc.boolean(),
    fanOuts: fc.constantFrom(0, 1, 3),
    nearBound: fc.constantFrom(-1, 0, 1),
    empty: fc.boolean(),
  });
  const agree = fc.asyncProperty(cases, async ({ expected, rate, deviation, nearBound, empty, ...more }) => {
    const limits: AdmissionLimits = {
      maxWaitS: 10,
      maxBacklog: more.maxBacklog,
      memory: more.full ? { queue: { used: 9, max: 10 } } : {},
    };
    const { small, large } = boundsFor({ rate, deviation }, { ...limits, memory: {} });
    const bound = (expected <= SMALL ? small : large) ?? 0;
    const fanOuts = empty ? 0 : more.fanOuts;
    const deliveries = empty ? 0 : Math.max(0, bound - costOf(expected) - FAN_OUT_COST * fanOuts + nearBound);
    const backlog = { deliveries, fanOuts, rate, deviation, paused: false };
    const bounds = boundsFor(backlog, limits);
    expect(await hasRoom(expected, backlog, bounds)).toBe(refuse(expected, backlog, limits) === null);
  });
  await fc.assert(agree, { numRuns: 500, seed: 20 });
});

describe('bounds', () => {
  const limits = { maxWaitS: 10 };
  const backlog = { deliveries: 100_000, fanOuts: 7, rate: 100_000, deviation: 0, paused: false };

  it('let nothing in that rests on another rate than the one of now, unless they are set', async () => {
    const slower = { ...backlog, rate: 99_999 };
    expect(await hasRoom(10, backlog, boundsFor(backlog, limits))).toBe(true);
    expect(await hasRoom(10, slower, boundsFor(backlog, limits))).toBe(false);
    expect(await hasRoom(10, slower, boundsFor(backlog, { ...limits, maxBacklog: 1_000_000 }))).toBe(true);
  });

  it('let no large one past those who stand in line, until the line has seen the backlog', async () => {
    const list = new WaitingList();
    const lined = { ...limits, waiting: { list, name: 'newcomer' } };
    expect(await hasRoom(20_000, backlog, boundsFor(backlog, lined))).toBe(true);
    list.places.hear({ taken: [{ name: 'first', dueInS: 5, comesInS: 5, cost: 20_000 }] });
    expect(await hasRoom(20_000, backlog, boundsFor(backlog, lined))).toBe(false);
    expect(await hasRoom(SMALL, backlog, boundsFor(backlog, lined))).toBe(true);
    const decided = boundsBehind(20_000, backlog, lined);
    const behind = (more: number) => ({ ...backlog, deliveries: backlog.deliveries + more });
    expect(await hasRoom(20_000, behind(costOf(SMALL)), decided)).toBe(true);
    expect(await hasRoom(20_000, behind(costOf(SMALL) + 1), decided)).toBe(false);
  });

  it('let large ones in that come in a crowd, while nobody stands in line', async () => {
    const lined = { ...limits, waiting: { list: new WaitingList(), name: 'one of many' } };
    const decided = boundsBehind(20_000, backlog, lined);
    const crowd = { ...backlog, deliveries: backlog.deliveries + 30 * costOf(20_000) };
    expect(await hasRoom(20_000, crowd, decided)).toBe(true);
    expect(await hasRoom(20_000, { ...backlog, deliveries: 900_000 }, decided)).toBe(false);
  });

  it('leave room for the first in line, also in an empty system when it is larger than the bound', async () => {
    const list = new WaitingList();
    const lined = { ...limits, waiting: { list, name: 'small' } };
    const empty = { ...backlog, deliveries: 0, fanOuts: 0 };
    expect(await hasRoom(10, empty, boundsFor(empty, lined))).toBe(true);
    list.places.hear({ taken: [{ name: 'huge', dueInS: 0, comesInS: 1, cost: 5_000_000 }] });
    expect(await hasRoom(10, empty, boundsFor(empty, lined))).toBe(false);
    expect(await hasRoom(0, empty, boundsFor(empty, lined))).toBe(true);
    const upTo = (taken: number) => ({ ...empty, deliveries: taken - costOf(10) });
    const other = { ...lined, waiting: { list: freshListWith(500_000), name: 'small' } };
    expect(await hasRoom(10, upTo(400_000), boundsFor(empty, other))).toBe(true);
    expect(await hasRoom(10, upTo(400_001), boundsFor(empty, other))).toBe(false);
  });
});

it('gets a large tweet in at the time that it was told, by posts into a real backlog that small ones keep full', async () => {
  const { pool } = world.postgres;
  await addUsers(pool, range(1, 20));
  await addFollowers(pool, 1, range(2, 11));
  await pool.query('UPDATE "user" SET follower_count = 6000 WHERE id = 20');
  await pool.query('UPDATE backlog SET rate = 2000, rate_deviation = 0');
  let clock = 0;
  const list = new WaitingList(() => clock);
  const post = async (authorId: number, name: string) => {
    const limits = { ...UNLIMITED, maxBacklog: 20_000, waiting: { list, name } };
    const posted = await postTweet(
      pool,
      { authorId, text: 'Hello', idempotencyKey: crypto.randomUUID() },
      limits,
    );
    if (posted.outcome === 'posted') list.places.leave(name);
    return posted.outcome === 'full' ? list.retryAfterS(name, posted) : 0;
  };
  const fill = async () => {
    while ((await post(1, 'small')) === 0);
  };
  await fill();
  const comesAt = await post(20, 'large');
  expect(comesAt).toBe(7); // (19,680 + 6,400 − 0.75 · 18,000) ÷ 2,000 a second
  while (clock < comesAt) {
    clock += COST / 2_000; // in which one small tweet is done
    await pool.query(
      `UPDATE fan_out SET state = 'cancelled', finished_at = clock_timestamp()
       WHERE tweet_id = (SELECT min(tweet_id) FROM fan_out WHERE finished_at IS NULL)`,
    );
    await fill();
  }
  expect(await post(20, 'large')).toBe(0);
});

const COST = costOf(10);

function freshListWith(cost: number): WaitingList {
  const list = new WaitingList();
  list.places.hear({ taken: [{ name: 'large', dueInS: 0, comesInS: 1, cost }] });
  return list;
}

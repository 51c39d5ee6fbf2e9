import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '#testing/world.ts';
import { sureRate } from './admission.ts';
import { readBacklog, sampleRate } from './backlog.ts';

/* Each test writes by hand what a second of work leaves in the backlog's row, and takes a sample of it. */

let world: World;
beforeAll(async () => {
  world = await openWorld({
    breaks: [
      'the backlog is what unfinished fan-outs owe',
      'the backlog counts the fan-outs that are not finished',
    ],
  });
});
afterAll(() => world.close());

it('measures the rate only while there was enough to do at both ends of a sample', async () => {
  const { pool } = world.postgres;
  const after = (deliveries: number, done: number) =>
    pool.query(
      `UPDATE backlog SET sampled_at = clock_timestamp() - interval '1 s', sampled_done = 0, rate = 0,
         sampled_deliveries = $1, deliveries = $1, done = $2`,
      [deliveries, done],
    );
  await after(10, 1_000);
  await sampleRate(pool);
  expect((await readBacklog(pool)).rate).toBe(0);
  await after(60_000, 400_000);
  await sampleRate(pool);
  expect((await readBacklog(pool)).rate).toBeGreaterThan(300_000);
  expect((await readBacklog(pool)).rate).toBeLessThan(401_000); // the row's times are rounded to milliseconds
});

it('measures cost, so that tweets to few show what a machine can do as well as one to many', async () => {
  const { pool } = world.postgres;
  const after = (waiting: { fanOuts: number }) =>
    pool.query(
      `UPDATE backlog SET sampled_at = clock_timestamp() - interval '1 s', rate = 0, deliveries = 0, sampled_deliveries = 0,
         done = 12000, sampled_done = 0, fan_outs_done = 1000, sampled_fan_outs_done = 0,
         sampled_fan_outs = $1, fan_outs = $1`,
      [waiting.fanOuts],
    );
  await after({ fanOuts: 93 }); // 0.25 s of work at the assumed rate is just above that
  await sampleRate(pool);
  expect((await readBacklog(pool)).rate).toBe(0);
  await after({ fanOuts: 94 });
  await sampleRate(pool);
  expect((await readBacklog(pool)).rate).toBeGreaterThan(300_000);
  expect((await readBacklog(pool)).rate).toBeLessThan(413_000);
  // The next sample begins here.
  const { rows } = await pool.query(
    'SELECT sampled_fan_outs_done AS done, sampled_fan_outs AS open FROM backlog',
  );
  expect(rows).toEqual([{ done: 1_000, open: 94 }]);
  await pool.query('UPDATE backlog SET fan_outs = 0, sampled_fan_outs = 0');
});

it('does not take an outage for a rate: posts are let in as ever afterwards', async () => {
  const { pool } = world.postgres;
  await pool.query('UPDATE backlog SET rate = 400000, rate_deviation = 0');
  const nothingDone = () =>
    pool.query(
      `UPDATE backlog SET sampled_at = clock_timestamp() - interval '1 s', sampled_done = done,
         sampled_deliveries = 60000, deliveries = 60000`,
    );
  for (let n = 0; n < 100; n++) {
    await nothingDone();
    await sampleRate(pool);
  }
  expect(await readBacklog(pool)).toMatchObject({ rate: 400_000, deviation: 0 });
  const { rows } = await pool.query(
    `SELECT FROM backlog WHERE sampled_at > clock_timestamp() - interval '0.9 s'`,
  );
  expect(rows).toHaveLength(1); // the next sample begins now, and has no outage in it
});

describe('a sample', () => {
  const after = (rate: number, { done, waiting }: { done: number; waiting: number }) =>
    world.postgres.pool.query(
      `UPDATE backlog SET sampled_at = clock_timestamp() - interval '1 s', rate = $1, rate_deviation = 0,
         done = $2, sampled_done = 0, deliveries = $3, sampled_deliveries = $3, fan_outs_done = 0,
         sampled_fan_outs_done = 0, fan_outs = 0, sampled_fan_outs = 0`,
      [rate, done, waiting],
    );
  const rateAfter = async (rate: number, sample: { done: number; waiting: number }) => {
    await after(rate, sample);
    await sampleRate(world.postgres.pool);
    return (await readBacklog(world.postgres.pool)).rate;
  };

  it('in which nothing was done leaves the rate alone: a server was away', async () => {
    expect(await rateAfter(400_000, { done: 0, waiting: 1_000_000 })).toBe(400_000);
    expect(await rateAfter(400_000, { done: 1, waiting: 1_000_000 })).toBeLessThan(290_000);
  });

  it('lowers the rate when a quarter of a second of work waited and less was done, but not when hardly anything waits', async () => {
    expect(await rateAfter(200_000, { done: 40_000, waiting: 50_000 })).toBeLessThan(153_000);
    expect(await rateAfter(200_000, { done: 40_000, waiting: 49_000 })).toBe(200_000);
    expect(await rateAfter(20_000, { done: 4_000, waiting: 26_000 })).toBeLessThan(16_000);
    expect(await rateAfter(20_000, { done: 4_000, waiting: 25_000 })).toBe(20_000); // not even 64 small ones
  });

  it('in which more was done than was believed raises the rate, however little waits, and never lowers it', async () => {
    expect(await rateAfter(5_000, { done: 40_000, waiting: 10 })).toBeGreaterThan(14_000);
    expect(await rateAfter(50_000, { done: 40_000, waiting: 10 })).toBe(50_000);
  });
});

it('knows how much the rate varies: half of it at first, next to nothing once samples are alike', async () => {
  const { pool } = world.postgres;
  const sample = (perSecond: number) =>
    pool
      .query(
        `UPDATE backlog SET sampled_at = clock_timestamp() - interval '100 s', sampled_done = done,
           done = done + 100 * $1, sampled_deliveries = 60000, deliveries = 60000`,
        [perSecond],
      )
      .then(() => sampleRate(pool))
      .then(() => readBacklog(pool));
  await pool.query('UPDATE backlog SET rate = 0');
  const first = await sample(400_000);
  expect((first.deviation ?? 0) / first.rate).toBeCloseTo(0.5);
  for (let n = 0; n < 30; n++) await sample(400_000);
  const steady = await sample(400_000);
  expect(sureRate(steady) / steady.rate).toBeGreaterThan(0.99);
  const slower = await sample(200_000);
  expect(slower.rate).toBeLessThan(0.9 * steady.rate);
  expect(sureRate(slower)).toBeLessThan(0.7 * steady.rate);
});

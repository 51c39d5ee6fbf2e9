import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '#testing/world.ts';
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
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '#testing/world.ts';
import {
  type AdmissionLimits,
  type Backlog,
  type Bounds,
  boundsBehind,
  boundsFor,
  refuse,
  SMALL,
} from './admission.ts';
import { WaitingList } from './waiting-list.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** As post_tweets compares. */
async function hasRoom(expected: number, backlog: Required<Backlog>, bounds: Bounds): Promise<boolean> {
  const { deliveries, rate, deviation } = backlog;
  const row = JSON.stringify({ deliveries, rate, rate_deviation: deviation });
  const { rows } = await world.postgres.pool.query<{ has: boolean }>(
    'SELECT has_room(jsonb_populate_record(NULL::backlog, $1), $2, $3, $4, $5) AS has',
    [
      row,
      expected,
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
    const deliveries = empty ? 0 : Math.max(0, bound - expected + nearBound);
    const backlog = { deliveries, rate, deviation, paused: false };
    const bounds = boundsFor(backlog, limits);
    expect(await hasRoom(expected, backlog, bounds)).toBe(refuse(expected, backlog, limits) === null);
  });
  await fc.assert(agree, { numRuns: 500, seed: 20 });
});

describe('bounds', () => {
  const limits = { maxWaitS: 10 };
  const backlog = { deliveries: 100_000, rate: 100_000, deviation: 0, paused: false };

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
    list.hear({ taken: [{ name: 'first', dueInS: 5, comesInS: 5, expected: 20_000 }] });
    expect(await hasRoom(20_000, backlog, boundsFor(backlog, lined))).toBe(false);
    expect(await hasRoom(SMALL, backlog, boundsFor(backlog, lined))).toBe(true);
    const decided = boundsBehind(20_000, backlog, lined);
    const behind = (more: number) => ({ ...backlog, deliveries: backlog.deliveries + more });
    expect(await hasRoom(20_000, behind(SMALL), decided)).toBe(true);
    expect(await hasRoom(20_000, behind(SMALL + 1), decided)).toBe(false);
  });
});

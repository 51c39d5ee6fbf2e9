import { beforeEach, describe, expect, it } from 'vitest';
import type { AdmissionLimits } from './admission.ts';
import { FAN_OUT_COST } from './fan-out-cost.ts';
import { type Refused, refuse } from './refuse.ts';
import { WaitingList } from './waiting-list.ts';

const RATE = 100_000; // deliveries a second; with MAX_WAIT_S 10 a large tweet's bound is 900,000
const SIZE = 50_000;

let clock: number;
let list: WaitingList;
beforeEach(() => {
  clock = 1_000;
  list = new WaitingList(() => clock);
});

const ask = (name: string, deliveries: number, cost = SIZE): Refused | null => {
  const limits: AdmissionLimits = { maxWaitS: 10, waiting: { list, name } };
  return refuse(cost - FAN_OUT_COST, { deliveries, fanOuts: 0, rate: RATE }, limits);
};

/** Asks, and takes a place when refused; the Retry-After, 0 when admitted. */
function post(name: string, deliveries: number, cost = SIZE): number {
  const refused = ask(name, deliveries, cost);
  if (refused) return list.retryAfterS(name, refused);
  list.places.leave(name);
  return 0;
}

describe('the waiting list', () => {
  it('admits up to the whole bound while nobody waits', () => {
    expect(post('a', 850_000)).toBe(0);
  });

  it('tells everybody a later time than the one before, as far apart as their deliveries take', () => {
    const times = ['a', 'b', 'c', 'd', 'e'].map((name) => post(name, 900_000, 200_000));
    // Room for `a` when 425,000 are gone: 900,000 + 200,000 against 75 % of the bound.
    expect(times).toEqual([5, 7, 9, 11, 13]);
  });

  it('admits who comes back at the time that was told, also when newcomers are turned away', () => {
    const told = post('early', 900_000);
    clock += told;
    const backlog = 900_000 - told * RATE;
    expect(post('early', backlog)).toBe(0);
  });

  it('turns a newcomer away when that would make somebody late, although the bound has room', () => {
    post('waits', 880_000);
    expect(ask('newcomer', 720_000)).toMatchObject({ reason: 'backlog' });
  });

  it('admits a newcomer who is done before the first of those who wait is due', () => {
    post('waits', 900_000, 800_000); // due in about nine seconds
    expect(ask('newcomer', 0)).toBeNull();
  });

  it('turns nobody away for a place that there is no room for in any case', () => {
    post('promised', 900_000, 190_000); // comes after 5 s
    clock += 1;
    // The rate has fallen: by now that fits into an empty system alone, and in four seconds 20,000 are left.
    const slower = { deliveries: 100_000, fanOuts: 0, rate: RATE / 5 };
    const waiting = { list, name: 'newcomer' };
    expect(refuse(30_000, slower, { maxWaitS: 10, waiting })).toBeNull();
  });
  it('tells who comes too early the rest of the time, and keeps the place', () => {
    const told = post('early', 900_000);
    clock += 1;
    expect(ask('early', 800_000)?.roomInS).toBeCloseTo(2.75 - 1);
    expect(told).toBe(3);
  });
  it('lets nobody pass early who would make another late', () => {
    post('first', 900_000, 500_000);
    post('second', 900_000, 500_000);
    clock += 6.8; // half a second before the first one's time
    expect(ask('second', 150_000, 500_000)).toMatchObject({ reason: 'backlog' });
    expect(ask('first', 150_000, 500_000)).toBeNull();
  });
  it('gives no places beyond a minute of work, so that whoever never comes back cannot shut everybody out', () => {
    for (let n = 0; n < 500; n++) post(`no show ${n}`, 900_000);
    clock += 60 + 15; // the last place is due after about that, whatever was told to those without
    clock += 5;
    expect(ask('newcomer', 850_000)).toBeNull();
  });

  it('gives small fan-outs no place: a share of the bound is theirs', () => {
    for (let n = 0; n < 20; n++) post(`large ${n}`, 900_000);
    expect(ask('small', 950_000, 5_000)).toBeNull();
  });
});

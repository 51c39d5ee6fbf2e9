import { beforeEach, describe, expect, it } from 'vitest';
import { type AdmissionLimits, costOf, takenBy } from './admission.ts';
import { FAN_OUT_COST } from './fan-out-cost.ts';
import { type Refused, refuse } from './refuse.ts';
import { WaitingList } from './waiting-list.ts';

const RATE = 100_000; // with MAX_WAIT_S 10 the bound is 1,000,000, and 900,000 for large tweets
const WHOLE = 1_000_000;
const STEP = 0.05; // seconds

let clock: number;
let list: WaitingList;
/** What waits, by a system that does RATE a second; small tweets are counted as fan-outs of 12. */
let waiting: { deliveries: number; fanOuts: number };
/** Seconds in which a small tweet found no room that there would have been without the line. */
let smallShutOut: number;
let isShutOut: boolean;

beforeEach(() => {
  clock = 1_000;
  list = new WaitingList(() => clock);
  waiting = { deliveries: 0, fanOuts: 0 };
  smallShutOut = 0;
});

function ask(name: string, expected: number): Refused | null {
  const limits: AdmissionLimits = { maxWaitS: 10, waiting: { list, name } };
  const refused = refuse(expected, { ...waiting, rate: RATE }, limits);
  if (refused) return refused;
  waiting.deliveries += expected;
  waiting.fanOuts += 1;
  list.places.leave(name);
  return null;
}

/** Small tweets take all that there is room for: there are always more of them. */
function fillWithSmall(): void {
  let refused = ask('small', 12);
  while (!refused) refused = ask('small', 12);
  isShutOut = refused.reason === 'room kept' && takenBy(waiting) + costOf(12) <= WHOLE;
}

/** One step of time: work is done, the large one asks if it is to, and small ones take the rest. */
function goOn(asks: () => void = () => {}): void {
  clock += STEP;
  const left = Math.max(0, takenBy(waiting) - RATE * STEP);
  waiting.fanOuts = Math.min(waiting.fanOuts, Math.floor(left / costOf(12)));
  waiting.deliveries = left - FAN_OUT_COST * waiting.fanOuts;
  fillWithSmall();
  asks();
  fillWithSmall();
  if (isShutOut) smallShutOut += STEP;
}

/** Somebody who comes back when he was told to; `lateS` later, as a browser with jitter. */
class Client {
  tries = 0;
  isIn = false;
  #comesAt = 0;

  constructor(
    private readonly name: string,
    private readonly expected: number,
    private readonly lateS = 0,
  ) {}

  readonly ask = (): void => {
    if (this.isIn || clock < this.#comesAt) return;
    this.tries++;
    const refused = ask(this.name, this.expected);
    if (!refused) this.isIn = true;
    else this.#comesAt = clock + list.retryAfterS(this.name, refused) + this.lateS;
  };
}

function untilIn(clients: Client[], mostSeconds: number): void {
  const end = clock + mostSeconds;
  while (clock < end && clients.some(({ isIn }) => !isIn))
    goOn(() => clients.forEach((each) => void each.ask()));
}

describe('room is kept', () => {
  it.each([
    { what: 'half of the bound', expected: 500_000, lateS: 0 },
    { what: 'nearly all of it', expected: 890_000, lateS: 0 },
    { what: 'nearly all of it, by a browser that comes a little later', expected: 890_000, lateS: 4 },
    { what: 'more than the bound', expected: 5_000_000, lateS: 0 },
    { what: 'more than the bound, by a browser that comes a little later', expected: 5_000_000, lateS: 4 },
  ])('for a tweet to $what: it comes when it is told to and is in', ({ expected, lateS }) => {
    fillWithSmall();
    const large = new Client('large', expected, lateS);
    untilIn([large], 60);
    expect(large).toMatchObject({ isIn: true, tries: 2 });
  });

  it('for one after the other, and as long as it is kept, small tweets have the bound to themselves', () => {
    fillWithSmall();
    const began = clock;
    const clients = ['a', 'b', 'c'].map((name) => new Client(name, 800_000));
    untilIn(clients, 120);
    expect(clients.map(({ isIn }) => isIn)).toEqual([true, true, true]);
    expect(Math.max(...clients.map(({ tries }) => tries))).toBeLessThanOrEqual(6); // so often a browser tries
    const end = clock + 10; // the rest behind the last one
    while (clock < end) goOn();
    expect(smallShutOut).toBeGreaterThan(0);
    expect(smallShutOut).toBeLessThanOrEqual((clock - began) / 2);
  });
  it('so strictly for one larger than the bound that not even an empty system takes a tweet before it', () => {
    fillWithSmall();
    const large = new Client('large', 5_000_000);
    large.ask();
    clock += 10.5;
    waiting = { deliveries: 0, fanOuts: 0 };
    expect(ask('small', 1)).toMatchObject({ reason: 'room kept' });
    expect(ask('other large', 30_000)).toMatchObject({ reason: 'backlog' });
    expect(ask('large', 5_000_000)).toBeNull();
  });
});

describe('room is not kept', () => {
  it('for a minute behind somebody who does not come, so that nobody shuts small tweets out by that', () => {
    const SECONDS = 600;
    fillWithSmall();
    const end = clock + SECONDS;
    // Under a new name each time: it asks once and is never seen again.
    for (let n = 0; clock < end; n++)
      goOn(() => {
        const refused = ask(`no show ${n}`, 5_000_000);
        if (refused) list.retryAfterS(`no show ${n}`, refused);
      });
    expect(smallShutOut).toBeGreaterThan(0);
    expect(smallShutOut).toBeLessThan(SECONDS / 4);
  });
});

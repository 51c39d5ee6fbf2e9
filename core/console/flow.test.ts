import { describe, expect, it } from 'vitest';
import { FAN_OUT_COST } from '#core/admission/fan-out-cost.ts';
import { type FlowSample, flowOf, lately } from './flow.ts';

/** Samples twice a second, of which `backlog` and `done` are functions of the seconds. */
function samples(seconds: number, backlog: (s: number) => number, done: (s: number) => number): FlowSample[] {
  return Array.from({ length: seconds * 2 + 1 }, (_, n) => ({
    at: 100 + n / 2,
    backlog: backlog(n / 2),
    done: done(n / 2),
    fanOuts: n,
    fanOutsDone: 3 * n,
  }));
}

describe('the flow', () => {
  it('takes what came as what went plus what the backlog grew by', () => {
    const flow = flowOf(
      samples(
        10,
        (s) => 1_000 + 300 * s,
        (s) => 700 * s,
      ),
    );
    expect(flow?.completions).toBeCloseTo(700);
    expect(flow?.arrivals).toBeCloseTo(1_000);
    expect(flow?.spanS).toBe(10);
    expect(flow?.costDone).toBeCloseTo(700 + 6 * FAN_OUT_COST); // six fan-outs a second were finished
    expect(flow?.takenGrowth).toBeCloseTo(300 + 2 * FAN_OUT_COST);
  });

  it('averages the backlog over time and not over samples', () => {
    const uneven = [
      { at: 0, backlog: 100, done: 0 },
      { at: 9, backlog: 100, done: 0 },
      { at: 9.5, backlog: 0, done: 100 },
      { at: 10, backlog: 0, done: 100 },
    ].map((sample) => ({ ...sample, fanOuts: 0, fanOutsDone: 0 }));
    expect(flowOf(uneven)?.meanBacklog).toBeCloseTo(92.5);
  });

  it('tells each third of the time', () => {
    const flow = flowOf(
      samples(
        9,
        (s) => 100 * s,
        () => 0,
      ),
    );
    expect(flow?.thirds.map(Math.round)).toEqual([150, 450, 750]);
  });

  it('says nothing of one moment, or of none', () => {
    expect(flowOf([])).toBeNull();
    expect(flowOf([{ at: 1, backlog: 5, done: 5, fanOuts: 1, fanOutsDone: 1 }])).toBeNull();
  });

  it('keeps the window and the sample before it', () => {
    const kept = lately(
      [0, 1, 2, 3, 4, 5].map((at) => ({ at })),
      2.5,
    );
    expect(kept.map(({ at }) => at)).toEqual([2, 3, 4, 5]);
    expect(lately([], 10)).toEqual([]);
  });
});

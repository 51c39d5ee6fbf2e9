import { describe, expect, it } from 'vitest';
import type { Flow } from './flow.ts';
import { littlesLaw } from './littles-law.ts';

const flow = (changed: Partial<Flow>): Flow => ({
  spanS: 10,
  arrivals: 1_000,
  completions: 1_000,
  costDone: 1_000,
  takenGrowth: 0,
  meanBacklog: 2_000,
  thirds: [2_000, 2_000, 2_000],
  ...changed,
});
const waited = { meanWaitS: 2, taken: 2_000, limit: 12_000 };

describe('Little’s law', () => {
  it('compares the measured backlog with arrival rate times wait', () => {
    const law = littlesLaw(flow({ meanBacklog: 2_100 }), waited);
    expect(law).toMatchObject({ state: 'steady', measured: 2_100, predicted: 2_000 });
    if (law.state === 'steady') expect(law.difference).toBeCloseTo(0.0476, 4);
  });

  it('is not claimed while the backlog grows: it says how fast, and when it is full', () => {
    const grows = flow({ arrivals: 1_300, takenGrowth: 400, thirds: [1_000, 2_000, 3_000] });
    expect(littlesLaw(grows, waited)).toEqual({ state: 'growing', perSecond: 300, fullInS: 10_000 / 400 });
  });

  it('takes a celebrity’s tweet for a jump that is worked off, not for growth', () => {
    const jump = flow({ arrivals: 1_300, thirds: [0, 4_000, 3_000] });
    expect(littlesLaw(jump, waited)).toEqual({ state: 'settling', perSecond: 300 });
  });

  it('is not claimed while more goes out than comes in', () => {
    expect(littlesLaw(flow({ arrivals: 500 }), waited)).toEqual({ state: 'settling', perSecond: -500 });
  });

  it('tells a standstill from having nothing to do', () => {
    const still = { arrivals: 0, completions: 0 };
    expect(littlesLaw(flow(still), waited)).toEqual({ state: 'stalled' });
    expect(littlesLaw(flow({ ...still, meanBacklog: 0 }), waited)).toEqual({ state: 'idle' });
  });

  it('needs a delivery that was done to know how long one waits', () => {
    expect(littlesLaw(flow({}), { ...waited, meanWaitS: null }).state).toBe('settling');
  });
});

import type { Flow } from '#core/console/flow.ts';

/**
 * What Little's law, L = λ·W, says about a window. It holds where as much goes out as comes in. While the backlog grows
 * there is no such W, and naming one would be wrong.
 */
export type LittlesLaw =
  /** Nothing waited and nothing was done. */
  | { state: 'idle' }
  /** Something waits and nothing is done. */
  | { state: 'stalled' }
  /** So many more deliveries a second come in than go out, and at that pace the limit is reached in so many seconds. */
  | { state: 'growing'; perSecond: number; fullInS: number }
  /** A jump, or the rest of one: so many more deliveries a second came in than went out, negative when fewer. */
  | { state: 'settling'; perSecond: number }
  /** L as measured and as λ·W in deliveries, and how far apart they are as a share of the measured one. */
  | { state: 'steady'; measured: number; predicted: number; difference: number };

export type Waited = {
  /** Mean seconds from acceptance to the timeline, of the deliveries done in the window (W); null when there are none. */
  meanWaitS: number | null;
  /** What is taken of the bound now, and the bound, in deliveries. */
  taken: number;
  limit: number;
};

/** A window is steady while arrivals and completions differ by at most this share. */
const STEADY = 0.05;

/** Applies Little's law to a window, or says why it cannot be. */
export function littlesLaw(flow: Flow, { meanWaitS, taken, limit }: Waited): LittlesLaw {
  const net = flow.arrivals - flow.completions;
  const through = Math.max(flow.arrivals, flow.completions);
  if (through <= 0) return { state: flow.meanBacklog > 0 ? 'stalled' : 'idle' };
  if (net > STEADY * through && rises(flow))
    return {
      state: 'growing',
      perSecond: net,
      fullInS: Math.max(0, limit - taken) / (flow.takenGrowth || net),
    };
  if (meanWaitS === null || Math.abs(net) > STEADY * through) return { state: 'settling', perSecond: net };
  const measured = flow.meanBacklog;
  const predicted = flow.arrivals * meanWaitS;
  return {
    state: 'steady',
    measured,
    predicted,
    difference: Math.abs(measured - predicted) / (measured || 1),
  };
}

/** Growth means that each third of the window lies above the one before. A celebrity's tweet is a jump, not growth. */
function rises({ thirds: [first, second, third] }: Flow): boolean {
  return first < second && second < third;
}

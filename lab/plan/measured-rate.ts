import {
  ASSUMED_RATE,
  costOfDone,
  type MeasuredRate,
  type Promised,
  takenBy,
} from '#core/admission/admission.ts';
import { DEVIATION_SHARE, RATE_SHARE, SATURATED } from '#core/admission/backlog.ts';

/** What a sample of the rate is made of: what waits, and all that was ever done. */
export type Counts = Promised & { done: number; fanOutsDone: number };

/** The rate after one more sample. It follows the statement of `sampleRate` in core/admission/backlog.ts, without a pause. */
export function nextRate(
  believed: Required<MeasuredRate>,
  [before, now]: [Counts, Counts],
  seconds: number,
): Required<MeasuredRate> {
  const { rate, deviation } = believed;
  const measured = (costOfDone(now) - costOfDone(before)) / seconds;
  const enough = Math.max(SATURATED.seconds * (rate || ASSUMED_RATE), SATURATED.leastCost);
  const isSaturated =
    Math.min(before.deliveries, now.deliveries) >= SATURATED.deliveries ||
    Math.min(takenBy(before), takenBy(now)) >= enough;
  if (measured === 0 || (!isSaturated && (rate === 0 || measured <= rate))) return believed;
  if (rate === 0) return { rate: measured, deviation: measured / 2 };
  return {
    rate: rate + RATE_SHARE * (measured - rate),
    deviation: deviation + DEVIATION_SHARE * (Math.abs(measured - rate) - deviation),
  };
}

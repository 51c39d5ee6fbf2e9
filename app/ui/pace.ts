import type { DeliveryView, StatusView } from '#api/contract.ts';
import { SECOND } from '#core/durations.ts';

/** How a delivery has moved lately, by the database's clock. */
export type Pace = {
  /** Oldest first, within the window. */
  samples: readonly { at: number; settled: number }[];
  /** When the count last grew. */
  movedAt: number;
};

/** Long enough to even out chunks, short enough to follow a change. */
const WINDOW_MS = 2 * SECOND;
const STALLED_MS = 5 * SECOND;

/** How many followers are delivered, cold, gone or pulled: nothing is left to do for them. */
export const settledOf = ({ delivered, cold, gone, pulled }: DeliveryView): number =>
  delivered + cold + gone + pulled;

/** Adds one event. The first is measured from the start of the delivery. */
export function observe(pace: Pace | null, delivery: DeliveryView): Pace {
  const at = Date.parse(delivery.now);
  const settled = settledOf(delivery);
  const start = { at: Date.parse(delivery.startedAt ?? delivery.acceptedAt), settled: 0 };
  const before = pace?.samples ?? [start];
  const last = before.at(-1) ?? start;
  const recent = before.filter((sample, index) => at - sample.at <= WINDOW_MS || index === before.length - 1);
  const grew = settled > last.settled;
  return { samples: [...recent, { at, settled }], movedAt: grew || !pace ? at : pace.movedAt };
}

/** Deliveries a second over the window and about how long the rest takes at that rate; null while nothing moves. */
export function measure(pace: Pace, left: number): { perSecond: number; leftMs: number } | null {
  const first = pace.samples[0];
  const last = pace.samples.at(-1);
  if (!first || !last || last.at <= first.at || last.settled <= first.settled) return null;
  const perSecond = ((last.settled - first.settled) / (last.at - first.at)) * SECOND;
  return { perSecond, leftMs: (left / perSecond) * SECOND };
}

/** Whether the delivery waits because deliveries are paused, which is no fault. */
export function isPaused({ finishedAt }: DeliveryView, status: StatusView | null): boolean {
  return finishedAt === null && status?.pause?.paused === true;
}

/**
 * How long nothing has moved, once that is longer than 5 s; null while it moves, in a pause, or when it has ended. After
 * a pause it counts from the end of the pause.
 */
export function stalledFor(pace: Pace, delivery: DeliveryView, status: StatusView | null): number | null {
  if (delivery.finishedAt !== null || isPaused(delivery, status)) return null;
  const now = Math.max(Date.parse(delivery.now), status ? Date.parse(status.at) : 0);
  const resumedAt = status?.pause ? Date.parse(status.pause.since) : 0;
  const ms = now - Math.max(pace.movedAt, resumedAt);
  return ms > STALLED_MS ? ms : null;
}

/** Why a delivery stands still, as far as the status says. */
export function stallReason(status: StatusView | null): string {
  if (status?.postgres === 'away') return 'Postgres is away';
  if (status?.workers === 0) return 'no worker is running';
  if (status?.queue === 'away') return 'the queue is away';
  if (status?.timelines === 'away') return 'the timelines are away';
  return 'no fault is known, and it is tried again by itself';
}

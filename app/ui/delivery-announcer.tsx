'use client';

import { useState } from 'react';
import type { DeliveryView } from '#api/contract.ts';
import { SECOND } from '#core/durations.ts';
import { count } from './figures.ts';
import { settledOf } from './pace.ts';

/** The last announcement: its quarter, its text, and its time, by `now` of the delivery. */
type Announced = { quarter: number; at: number; text: string };

const PAUSE = 10 * SECOND; // between two announcements before the end

/** A live region that says now and then how far a delivery is. A delivery that was over at first is not announced. */
export function DeliveryAnnouncement({ delivery }: { delivery: DeliveryView }) {
  const [last, setLast] = useState(() => silent(delivery));
  const next = announce(last, delivery);
  if (next !== last) setLast(next);
  return next.text;
}

/** Announces quarters, at most every 10 s, and always the end, once. */
export function announce(last: Announced, delivery: DeliveryView): Announced {
  const at = Date.parse(delivery.now);
  const ended = delivery.finishedAt !== null;
  const quarter = ended
    ? 4
    : Math.min(3, Math.floor((4 * settledOf(delivery)) / Math.max(1, delivery.expected)));
  if (quarter <= last.quarter) return last;
  if (!ended && at - last.at < PAUSE) return last;
  return { quarter, at, text: ended ? ending(delivery) : `${25 * quarter} % delivered` };
}

/** The state to begin with: only what changes from now on is announced. */
export function silent(delivery: DeliveryView): Announced {
  return { quarter: delivery.finishedAt === null ? 0 : 4, at: Date.parse(delivery.now), text: '' };
}

function ending({ state, delivered, pulled, expected }: DeliveryView): string {
  if (state === 'failed') return `Failed: delivered ${count(delivered)} of ${count(expected)}`;
  if (state === 'cancelled') return 'Cancelled';
  if (pulled > 0) return `Pulled by ${count(pulled)}`;
  return `Delivered ${count(delivered)} of ${count(expected)}`;
}

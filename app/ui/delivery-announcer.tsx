'use client';

import { useEffect, useState } from 'react';
import type { AuditView, DeliveryView } from '#api/contract.ts';
import { verdict } from '#app/(pages)/t/[id]/delivery/audit.ts';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { count } from './figures.ts';

/** The page's one live region: rare, and silent about what was over before. */
export function Announcer({ delivery, audit }: { delivery: DeliveryView; audit: AuditView | null }) {
  const [last, setLast] = useState(() => silent(delivery));
  useEffect(() => setLast((before) => announce(before, delivery)), [delivery]);
  return (
    <p role="status" className="sr-only">
      {last.text} {audit && verdict(audit)}
    </p>
  );
}

/** What a screen reader was told last: the quarter, and when by `now` of the delivery. */
export type Announced = { quarter: number; at: number; text: string };

const PAUSE = 10_000; // ms between two announcements of progress

/** Progress in quarters, at most every 10 s; the end always, once. */
export function announce(last: Announced, delivery: DeliveryView): Announced {
  const at = Date.parse(delivery.now);
  const ended = delivery.finishedAt !== null;
  const quarter = ended
    ? 4
    : Math.min(3, Math.floor((4 * settled(delivery)) / Math.max(1, delivery.expected)));
  if (quarter <= last.quarter) return last;
  if (!ended && at - last.at < PAUSE) return last;
  return { quarter, at, text: ended ? ending(delivery) : `${25 * quarter} % delivered` };
}

/** Nothing is said about what was so when the page came: only what changes while someone is here. */
export function silent(delivery: DeliveryView): Announced {
  return { quarter: delivery.finishedAt === null ? 0 : 4, at: Date.parse(delivery.now), text: '' };
}

const settled = ({ delivered, cold, gone }: DeliveryView) => delivered + cold + gone;

function ending({ state, delivered, expected }: DeliveryView): string {
  if (state === 'failed') return `Failed: delivered ${count(delivered)} of ${count(expected)}`;
  if (state === 'cancelled') return 'Cancelled';
  return `Delivered ${count(delivered)} of ${count(expected)}`;
}

/** Tells a screen reader how the newest own tweet is getting on: quarters, at most every 10 s, and the end. */
export function DeliveryNews({ entries }: { entries: readonly Entry[] }) {
  const { deliveries } = useOutbox();
  const newest = entries.find(({ progress }) => progress.name === 'accepted')?.progress;
  const delivery = newest?.name === 'accepted' ? deliveries.get(newest.tweet.id) : undefined;
  return (
    <div role="status" className="sr-only">
      {delivery && <Spoken key={delivery.tweetId} delivery={delivery} />}
    </div>
  );
}

function Spoken({ delivery }: { delivery: DeliveryView }) {
  const [last, setLast] = useState<Announced>(() => silent(delivery));
  const next = announce(last, delivery);
  if (next !== last) setLast(next);
  return next.text;
}

'use client';

import { useState } from 'react';
import type { DeliveryView } from '#api/contract.ts';
import { type Announced, announce, silent } from '#app/delivery/announce.ts';
import type { Entry } from '#app/outbox/outbox.ts';
import { useOutbox } from '#app/outbox/outbox-provider.tsx';

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

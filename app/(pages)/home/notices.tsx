'use client';

import type { TimelinePage } from '#api/contract.ts';
import { useHealth } from '#app/browser/live/health.tsx';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { DeliveryAnnouncement } from '#app/ui/delivery-announcer.tsx';

/** Tells a screen reader how far the newest own tweet is. */
export function NewestDelivery({ entries }: { entries: readonly Entry[] }) {
  const { deliveries } = useOutbox();
  const newest = entries.find(({ state }) => state.name === 'accepted')?.state;
  const delivery = newest?.name === 'accepted' ? deliveries.get(newest.tweet.id) : undefined;
  return (
    <div role="status" className="sr-only">
      {delivery && <DeliveryAnnouncement key={delivery.tweetId} delivery={delivery} />}
    </div>
  );
}

/** Says that the page comes from Postgres, for as long as the timeline store is away. */
export function SourceNotice({ source }: { source: TimelinePage['source'] }) {
  const { status } = useHealth();
  if (source === 'timeline' || status?.timelines === 'ok') return null;
  return (
    <p className="border-b bg-warn-soft px-4 py-2 text-sm text-warn md:px-6">
      The timeline store is away. This page is read from Postgres: it is complete, only slower. Posting works.
    </p>
  );
}

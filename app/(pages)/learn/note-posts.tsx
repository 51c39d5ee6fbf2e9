'use client';

import { useEffect } from 'react';
import { EFFECTS } from '#app/browser/effects.ts';
import { noteEffect } from '#app/browser/learned.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';

/** Notes that a tweet of this browser was accepted, and that one has reached all of its followers. */
export function NotePosts() {
  const { entries, deliveries } = useOutbox();
  const accepted = entries.flatMap(({ state }) => (state.name === 'accepted' ? [state.tweet.id] : []));
  const isAccepted = accepted.length > 0;
  const isDelivered = accepted.some((id) => {
    const delivery = deliveries.get(id);
    return delivery?.state === 'delivered' && delivery.expected > 0;
  });
  useEffect(() => {
    if (isAccepted) noteEffect(EFFECTS.accepted);
    if (isDelivered) noteEffect(EFFECTS.delivered);
  }, [isAccepted, isDelivered]);
  return null;
}

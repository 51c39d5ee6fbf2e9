'use client';

import { useReducer } from 'react';
import type { DeliveryPage } from '#api/contract.ts';
import { useLive } from '#app/live/use-live.ts';
import { begin, type LiveDelivery, reduce } from './live-delivery.ts';

/** The delivery as the server rendered it, then as its events tell. */
export function useLiveDelivery(page: DeliveryPage): LiveDelivery {
  const [live, happen] = useReducer(reduce, page, begin);
  useLive([`delivery:${page.tweet.id}`], {
    delivery: (delivery) => happen({ kind: 'delivery', delivery }),
    chunks: ({ chunks }) => happen({ kind: 'chunks', chunks }),
  });
  return live;
}

'use client';

import { useReducer, useState } from 'react';
import type { ChunkView, DeliveryPage, DeliveryView } from '#api/contract.ts';
import { useLive } from '#app/browser/live/use-live.tsx';

/** What the delivery page knows: the newest delivery, its chunks in order, and a letter for each worker. */
type LiveDelivery = { delivery: DeliveryView; chunks: ChunkView[]; letters: Record<string, string> };

type DeliveryEvent = { kind: 'delivery'; delivery: DeliveryView } | { kind: 'chunks'; chunks: ChunkView[] };

/** The page as the server rendered it. */
export function begin({ delivery, chunks = [] }: Pick<DeliveryPage, 'delivery' | 'chunks'>): LiveDelivery {
  return withChunks({ delivery, chunks: [], letters: {} }, chunks);
}

/** Applies an event. Events may come late or twice: an older delivery is ignored, and a delivered chunk stays so. */
export function reduce(live: LiveDelivery, event: DeliveryEvent): LiveDelivery {
  if (event.kind === 'chunks') return withChunks(live, event.chunks);
  return event.delivery.now < live.delivery.now ? live : { ...live, delivery: event.delivery };
}

function withChunks(live: LiveDelivery, news: ChunkView[]): LiveDelivery {
  const chunks = new Map(live.chunks.map((chunk) => [chunk.number, chunk]));
  for (const chunk of news) {
    if (chunks.get(chunk.number)?.state !== 'delivered' || chunk.state === 'delivered') {
      chunks.set(chunk.number, chunk);
    }
  }
  return {
    ...live,
    chunks: [...chunks.values()].sort((a, b) => a.number - b.number),
    letters: lettered(live.letters, news),
  };
}

/** A worker whose name is a letter has that letter. Others get free ones, in the order in which they began. */
function lettered(letters: Record<string, string>, news: ChunkView[]): Record<string, string> {
  const begun = news
    .filter(({ worker }) => worker !== null && !(worker in letters))
    .sort((a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? ''));
  if (begun.length === 0) return letters;
  const result = { ...letters };
  for (const { worker } of begun) {
    if (worker !== null) result[worker] ??= isLetter(worker) ? worker : free(Object.values(result));
  }
  return result;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const isLetter = (name: string) => name.length === 1 && ALPHABET.includes(name);
const free = (taken: string[]) => [...ALPHABET].find((letter) => !taken.includes(letter)) ?? '+';

/** The delivery as the server rendered it, then as its events tell. */
export function useLiveDelivery(page: DeliveryPage): LiveDelivery {
  const [live, happen] = useReducer(reduce, page, begin);
  useLive([`delivery:${page.tweet.id}`], {
    delivery: (delivery) => happen({ kind: 'delivery', delivery }),
    chunks: ({ chunks }) => happen({ kind: 'chunks', chunks }),
  });
  return live;
}

/** The delivery of a tweet of which nothing is known yet; null until the stream's snapshot has come. */
export function useDeliveryOf(tweetId: number): LiveDelivery | null {
  const [live, setLive] = useState<LiveDelivery | null>(null);
  useLive([`delivery:${tweetId}`], {
    delivery: (delivery) =>
      setLive((known) => (known ? reduce(known, { kind: 'delivery', delivery }) : begin({ delivery }))),
    chunks: ({ chunks }) => setLive((known) => known && reduce(known, { kind: 'chunks', chunks })),
  });
  return live;
}

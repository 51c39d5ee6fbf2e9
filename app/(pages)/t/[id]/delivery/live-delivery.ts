'use client';

import { useReducer } from 'react';
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

/** What was heard of a tweet: chunks may come before the delivery that they are of. */
type Heard = { live: LiveDelivery | null; early: ChunkView[] };

export const NOTHING_HEARD: Heard = { live: null, early: [] };

/** Applies an event about a tweet of which nothing was known at first. */
export function hear({ live, early }: Heard, event: DeliveryEvent): Heard {
  if (live) return { live: reduce(live, event), early };
  if (event.kind === 'chunks') return { live, early: [...early, ...event.chunks] };
  return { live: begin({ delivery: event.delivery, chunks: early }), early: [] };
}

/** The delivery of a tweet of which nothing is known yet; null until the stream's snapshot has come. */
export function useDeliveryOf(tweetId: number): LiveDelivery | null {
  const [{ live }, happen] = useReducer(hear, NOTHING_HEARD);
  useLive([`delivery:${tweetId}`], {
    delivery: (delivery) => happen({ kind: 'delivery', delivery }),
    chunks: ({ chunks }) => happen({ kind: 'chunks', chunks }),
  });
  return live;
}

'use client';

import { useEffect, useState } from 'react';
import { readClientTimes } from '#app/outbox/client-times.ts';
import type { ClientTimes } from './waterfall.ts';

/** When this browser pressed, painted and heard the `202`; null on the server and for a tweet that was posted elsewhere. */
export function useClientTimes(tweetId: number): ClientTimes | null {
  const [times, setTimes] = useState<ClientTimes | null>(null);
  useEffect(() => setTimes(readClientTimes(tweetId)), [tweetId]);
  return times;
}

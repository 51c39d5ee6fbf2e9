'use client';

import { useEffect, useEffectEvent } from 'react';
import { useLiveWord } from './use-live.ts';

/** Acts every so many milliseconds while the page is looked at and not paused: for what the stream does not carry. */
export function useEvery(ms: number, act: () => void): void {
  const paused = useLiveWord() === 'paused';
  const tick = useEffectEvent(() => {
    if (document.visibilityState === 'visible') act();
  });
  useEffect(() => {
    if (paused) return;
    const timer = setInterval(() => tick(), ms);
    return () => clearInterval(timer);
  }, [ms, paused]);
}

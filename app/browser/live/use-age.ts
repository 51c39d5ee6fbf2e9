'use client';

import { useEffect, useState } from 'react';

/**
 * How many ms ago something was heard (`performance.now()` then), looked at once a second. Null while that is at most
 * `staleMs`, and before anything was heard.
 */
export function useAge(heardAt: number | undefined, staleMs: number): number | null {
  const [ageMs, setAgeMs] = useState<number | null>(null);
  useEffect(() => {
    setAgeMs(null);
    if (heardAt === undefined) return;
    const timer = setInterval(() => {
      const age = performance.now() - heardAt;
      if (age > staleMs) setAgeMs(age);
    }, 1_000);
    return () => clearInterval(timer);
  }, [heardAt, staleMs]);
  return ageMs;
}

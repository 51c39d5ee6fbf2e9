'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { type Choice, choosePair, joinPair, type Pair, splitPath } from './choose-pair.ts';

export type Answer = Choice | { problem: string };

/** A pair that is being chosen: what came of it, and how to try. */
export function useChoice(initial: Pair) {
  const router = useRouter();
  const [pair, setPair] = useState(initial);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);

  const act = async (work: () => Promise<Choice>) => {
    setBusy(true);
    try {
      const choice = await work();
      setAnswer(choice);
      if (choice === 'open') router.push(splitPath(pair));
      router.refresh(); // both were signed in: the shell shows who acts now
    } catch (error) {
      setAnswer({ problem: error instanceof Error ? error.message : String(error) });
    } finally {
      setBusy(false);
    }
  };
  const change = (next: Partial<Pair>) => {
    setPair({ ...pair, ...next });
    setAnswer(null);
  };
  return {
    pair,
    busy,
    answer,
    change,
    open: () => act(() => choosePair(pair)),
    join: () => act(() => joinPair(pair).then(() => choosePair(pair))),
  };
}

'use client';

import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { AuditView } from '#api/contract.ts';
import { auditTweet } from '#app/client/calls.ts';

export type Audit = {
  /** The newest result, also while the next one is read. */
  result: AuditView | null;
  running: boolean;
  /** Why the last try gave none. */
  problem: string | null;
  check(): void;
};

/** Reads every timeline back when asked; once by itself as soon as `byItself` is true. */
export function useAudit(tweetId: number, byItself: boolean): Audit {
  const [result, setResult] = useState<AuditView | null>(null);
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const begun = useRef(false);

  const check = async () => {
    begun.current = true;
    setRunning(true);
    setProblem(null);
    try {
      setResult(await auditTweet(tweetId));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setRunning(false);
    }
  };

  const checkOnce = useEffectEvent(() => {
    if (!begun.current) void check();
  });
  useEffect(() => {
    if (byItself) checkOnce();
  }, [byItself]);

  return { result, running, problem, check: () => void check() };
}

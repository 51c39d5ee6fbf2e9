'use client';

import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { AuditView } from '#api/contract.ts';
import { auditTweet } from '#app/browser/api.ts';

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

/** Whether expected = present + cold + gone, and by how many it is off: positive when followers are unaccounted for. */
export function identity({ expected, present, cold, gone }: AuditView): { holds: boolean; off: number } {
  const off = expected - present - cold - gone;
  return { holds: off === 0, off };
}

/** Nobody missed, nobody twice, and everyone accounted for. */
export const proven = (audit: AuditView): boolean =>
  audit.missing === 0 && audit.twice === 0 && identity(audit).holds;

/** The audit in one sentence. */
export const verdict = (audit: AuditView): string =>
  proven(audit)
    ? 'Nobody was missed, and nobody got it twice.'
    : 'The timelines do not hold what was promised.';

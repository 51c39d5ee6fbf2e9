'use client';

import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { AuditProgressView, AuditView } from '#api/contract.ts';
import { auditTweet } from '#app/browser/api.ts';
import { ProblemError } from '#app/browser/http.ts';
import { useLive } from '#app/browser/live/use-live.tsx';
import { count, counted } from '#app/ui/figures.ts';

export type Audit = {
  /** The newest result, also while the next one is read. */
  result: AuditView | null;
  running: boolean;
  /** How far an audit is, also one that somebody else asked for; null while nobody waits for one. */
  progress: AuditProgressView | null;
  /** Why the last try gave no result, and whether another try may give one. */
  problem: AuditFailure | null;
  check(): void;
};

export type AuditFailure = { text: string; isFinal: boolean };

/** Reads every timeline back when asked, and once without being asked when `byItself` is true. */
export function useAudit(tweetId: number, byItself: boolean): Audit {
  const [result, setResult] = useState<AuditView | null>(null);
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState<AuditFailure | null>(null);
  const [progress, setProgress] = useState<AuditProgressView | null>(null);
  useLive([`delivery:${tweetId}`], { audit: (told) => setProgress(told.progress) });
  const begun = useRef(false);

  const check = async () => {
    begun.current = true;
    setRunning(true);
    setProblem(null);
    try {
      setResult(await auditTweet(tweetId));
    } catch (error) {
      setProblem(failureOf(error));
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

  return { result, running, progress, problem, check: () => void check() };
}

/** Says whether another try may help: chunks that are no longer kept do not come back. */
function failureOf(error: unknown): AuditFailure {
  const text = error instanceof Error ? error.message : String(error);
  return {
    text: text.replace(/\.$/, ''),
    isFinal: error instanceof ProblemError && error.problem.type === '/problems/not-kept',
  };
}

/** How far an audit is, in words. */
export function standing(progress: AuditProgressView): string {
  if (progress.state === 'waiting')
    return progress.ahead === 0
      ? 'Next in line.'
      : `In line behind ${counted(progress.ahead, 'other audit')}.`;
  const read = `${count(progress.read)} of ${counted(progress.expected, 'timeline')} read`;
  return progress.state === 'aside' ? `${read}. Deliveries go first.` : `${read}.`;
}

/**
 * Whether expected = present + cold + gone + pulled. `off` is the difference, which is positive when followers are missing.
 */
export function identity(audit: AuditView): { holds: boolean; off: number } {
  const { expected, present, cold, gone, pulled } = audit;
  const off = expected - present - cold - gone - pulled;
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

import type { AuditView } from '#api/contract.ts';

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

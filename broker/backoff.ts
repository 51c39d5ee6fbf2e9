const FIRST_MS = 1_000;
const CAP_MS = 30_000;

/**
 * Milliseconds until a message whose handler threw is handed out again, `starts` counting how often it was handed out
 * so far: about 1 s, doubling up to 30 s. The upper half is random, so that what failed together does not come back
 * together. It never gives up: that is the ledger's to decide.
 */
export function backoffMs(starts: number, random: () => number = Math.random): number {
  const doublings = Math.max(0, starts - 1);
  const full = Math.min(CAP_MS, FIRST_MS * 2 ** doublings);
  return Math.round((full * (1 + random())) / 2);
}

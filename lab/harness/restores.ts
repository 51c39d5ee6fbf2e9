/** Times in ms since 1970. */
export type Span = { begun: number; ended: number };

/**
 * A restore of Postgres: the moment that it went back to, the moment at which it did, and the newest id that it had then, as
 * the ledger reports the loss; null when there was nobody to remember more.
 */
export type Restore = { from: number; to: number; lostAfter: number | null };

/** Whether what was asked for and answered in this time may be gone with a restore: it was committed somewhere in it. */
export const mayBeGone = (restores: Restore[], { begun, ended }: Span): boolean =>
  restores.some(({ from, to }) => from <= ended && to >= begun);

/** Whether one of these restores is reported to have lost a tweet. */
export const isReported = (restores: Restore[], tweetId: number): boolean =>
  restores.some(({ lostAfter }) => lostAfter === null || tweetId > lostAfter);

/** When something began and ended, in ms since 1970. */
export type Span = { begun: number; ended: number };

/**
 * A restore of Postgres. `from` is the moment that it went back to, `to` the moment at which it did so. The ledger
 * reports tweets above the id `lostAfter` as lost. Null when no timeline store remembered them.
 */
export type Restore = { from: number; to: number; lostAfter: number | null };

/** Whether a restore may have taken what was committed at some moment of this time. */
export const mayBeGone = (restores: Restore[], { begun, ended }: Span): boolean =>
  restores.some(({ from, to }) => from <= ended && to >= begun);

/** Whether the loss of a tweet was reported for one of these restores, or nobody could report it. */
export const isReported = (restores: Restore[], tweetId: number): boolean =>
  restores.some(({ lostAfter }) => lostAfter === null || tweetId > lostAfter);

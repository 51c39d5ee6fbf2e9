/**
 * Which part of a list is wanted, by ids: at most `limit` of those between `after` and `before`, neither included. They
 * are the `newest` of these, or the `oldest`; the answer has the newest first in either case.
 */
export type IdRange = { before: number; after: number; limit: number; take: 'newest' | 'oldest' };

/** The order in which a statement has to find them. */
export const orderOf = (take: IdRange['take']): 'DESC' | 'ASC' => (take === 'newest' ? 'DESC' : 'ASC');

/** Puts what was found in that order into the order of the answer. */
export const newestFirst = <T>(found: T[], take: IdRange['take']): T[] =>
  take === 'newest' ? found : found.toReversed();

import { invalidField } from '#api/problem.ts';

/** An opaque cursor: tweets below this id come next. */
export const encodeCursor = (before: number): string => Buffer.from(`b${before}`).toString('base64url');

/** Reads a cursor of {@link encodeCursor}; refuses anything else. */
export function decodeCursor(cursor: string): number {
  const match = /^b([1-9]\d{0,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  const before = Number(match?.[1]);
  if (!Number.isSafeInteger(before))
    throw invalidField('cursor', 'Expected a nextCursor of an earlier answer');
  return before;
}

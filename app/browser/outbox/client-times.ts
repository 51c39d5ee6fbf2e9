import * as z from 'zod/mini';

/** When this browser saw the key press, the paint and the `202` of a tweet, by its own clock, in ms since 1970. */
export type ClientTimes = { pressedAt: number; paintedAt: number; acceptedAt: number };

const storedTimes = z.object({
  tweetId: z.number(),
  ...{ pressedAt: z.number(), paintedAt: z.number(), acceptedAt: z.number() },
});
type StoredTimes = z.infer<typeof storedTimes>;

const NAME = 'client-times';
/** Enough for the delivery pages that somebody opens after posting. */
const MOST = 20;

/** The browser's clock with fractions of a millisecond. */
export const clientNow = (): number => performance.timeOrigin + performance.now();

/** What this browser saw of the tweet; null when it was posted elsewhere or too long ago. */
export function readClientTimes(tweetId: number): ClientTimes | null {
  const found = readAll().find((times) => times.tweetId === tweetId);
  if (!found) return null;
  const { pressedAt, paintedAt, acceptedAt } = found;
  return { pressedAt, paintedAt, acceptedAt };
}

/** Stores the times of an accepted tweet for its delivery page, and forgets the oldest. */
export function storeClientTimes(tweetId: number, times: ClientTimes): void {
  const others = readAll().filter((stored) => stored.tweetId !== tweetId);
  const all: StoredTimes[] = [{ tweetId, ...times }, ...others];
  localStorage.setItem(NAME, JSON.stringify(all.slice(0, MOST)));
}

/** Times of another shape, which another version of this page may have stored, are left out. */
function readAll(): StoredTimes[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(NAME) ?? '[]');
    if (!Array.isArray(stored)) return [];
    return stored.flatMap((times) => storedTimes.safeParse(times).data ?? []);
  } catch {
    return [];
  }
}

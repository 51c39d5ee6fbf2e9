/** When this browser saw the key press, the paint and the `202` of a tweet: its own clock, ms since 1970. */
export type ClientTimes = { pressedAt: number; paintedAt: number; acceptedAt: number };

type Kept = ClientTimes & { tweetId: number };

const NAME = 'client-times';
/** Enough for the delivery pages that somebody opens after posting. */
const KEPT = 20;

/** The browser's clock with fractions of a millisecond. */
export const clientNow = (): number => performance.timeOrigin + performance.now();

/** What this browser saw of the tweet; null when it was posted elsewhere or too long ago. */
export function readClientTimes(tweetId: number): ClientTimes | null {
  const found = readAll().find((kept) => kept.tweetId === tweetId);
  if (!found) return null;
  const { pressedAt, paintedAt, acceptedAt } = found;
  return { pressedAt, paintedAt, acceptedAt };
}

/** Keeps the times of an accepted tweet for its delivery page, and forgets the oldest. */
export function keepClientTimes(tweetId: number, times: ClientTimes): void {
  const others = readAll().filter((kept) => kept.tweetId !== tweetId);
  const all: Kept[] = [{ tweetId, ...times }, ...others];
  localStorage.setItem(NAME, JSON.stringify(all.slice(0, KEPT)));
}

function readAll(): Kept[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? '[]');
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

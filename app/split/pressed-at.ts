import type { Entry } from '#app/outbox/outbox.ts';

/**
 * When the author pressed the key for this tweet, by this browser's clock; null when it was posted elsewhere. A tweet
 * can arrive on the right before its own `202` is back on the left: until then the text tells which entry it is.
 */
export function pressedAt(entries: readonly Entry[], tweet: { id: number; text: string }): number | null {
  const entry =
    entries.find(({ progress }) => progress.name === 'accepted' && progress.tweet.id === tweet.id) ??
    entries.find(({ progress, text }) => progress.name === 'sending' && text.trim() === tweet.text);
  return entry?.pressedAt ?? null;
}

'use client';

import { countGraphemes, MAX_GRAPHEMES } from '#core/tweets/tweet-text.ts';

/** How many characters may still be written: shown from 20 on, and told to screen readers. */
export function CharactersLeft({ text }: { text: string }) {
  const left = MAX_GRAPHEMES - countGraphemes(text);
  return (
    <>
      {left <= 20 && (
        <span
          aria-hidden
          className={`text-sm tabular-nums ${left < 0 ? 'font-semibold text-bad' : 'text-muted'}`}
        >
          {left}
        </span>
      )}
      <span role="status" className="sr-only">
        {announceLeft(left)}
      </span>
    </>
  );
}

/** What a screen reader hears about the characters left: only at 20, 10 and 0, and when the text is too long. */
export function announceLeft(left: number): string {
  if (left < 0) return 'Too long';
  if (left === 0) return 'No characters left';
  if (left <= 10) return '10 characters left';
  return left <= 20 ? '20 characters left' : '';
}

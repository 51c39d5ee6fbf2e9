import { expect, test } from 'vitest';
import { countGraphemes, MAX_GRAPHEMES } from '#core/tweets/tweet-text.ts';
import { announceLeft } from './characters-left.tsx';

const heard = (text: string) => announceLeft(MAX_GRAPHEMES - countGraphemes(text));

test('the characters left are announced at 20, 10 and 0 only', () => {
  const texts = [200, 260, 265, 270, 279, 280, 281].map((length) => heard('x'.repeat(length)));
  expect(texts).toEqual([
    '',
    '20 characters left',
    '20 characters left',
    '10 characters left',
    '10 characters left',
    'No characters left',
    'Too long',
  ]);
});

test('a family emoji and a letter with its accent count as one character', () => {
  expect(heard(`${'👩‍👩‍👧‍👦'.repeat(140)}${'é'.repeat(140)}`)).toBe('No characters left');
});

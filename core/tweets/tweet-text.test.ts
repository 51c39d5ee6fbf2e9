import { describe, expect, it } from 'vitest';
import { countGraphemes, tweetTextProblem } from './tweet-text.ts';

describe('tweet text', () => {
  it('counts what a reader sees as one character as one', () => {
    expect(countGraphemes('👩‍👩‍👧‍👦')).toBe(1);
    expect(countGraphemes('e\u0301')).toBe(1);
    expect(countGraphemes('🇪🇺🇯🇵')).toBe(2);
  });

  it('accepts 280 family emoji and refuses the 281st, with both numbers in the message', () => {
    expect(tweetTextProblem('👩‍👧'.repeat(280))).toBeNull();
    expect(tweetTextProblem('a'.repeat(281))).toBe('Expected 1 to 280 characters, got 281');
  });

  it.each([
    ['nothing but white space', ' \n\t '],
    ['half of a surrogate pair', 'a\ud800'],
    ['NUL characters, which Postgres cannot hold', 'a\0b'],
    ['a megabyte hidden in one character', `e${'\u0301'.repeat(5_000)}`],
  ])('refuses %s', (_what, text) => {
    expect(tweetTextProblem(text)).toMatch(/^Expected/);
  });
});

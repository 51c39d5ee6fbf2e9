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
    ['NUL, which Postgres cannot hold', 'a\0b'],
    ['an escape sequence for terminals', '\x1b[2J'],
    ['a control character of Latin-1', 'a\x9bb'],
    ['a megabyte hidden in one character', `e${'\u0301'.repeat(5_000)}`],
  ])('refuses %s', (_what, text) => {
    expect(tweetTextProblem(text)).toMatch(/^Expected/);
  });

  it('accepts tabs, line breaks of every system, joiners and marks of direction', () => {
    expect(tweetTextProblem('a\tb\nc\r\nd')).toBeNull();
    expect(tweetTextProblem('\u200fשלום\u200e 👩‍👩‍👧‍👦 \u2028')).toBeNull();
  });

  it('names the control character that nobody can see', () => {
    expect(tweetTextProblem('a\0b')).toBe(
      'Expected no control characters but tabs and line breaks, got U+0000',
    );
    expect(tweetTextProblem('\x7f')).toMatch(/got U\+007F$/);
  });
});

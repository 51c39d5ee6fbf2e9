import { expect, test } from 'vitest';
import { termsOf } from './terms.ts';

test('a tweet talks of its words and tags, each once, in lower case', () => {
  expect(termsOf('Soup! Nothing beats soup in the #HarbourFog, said SOUP.')).toEqual([
    'soup',
    'beats',
    '#harbourfog',
  ]);
});

test('words that say nothing are left out in every language that is written here', () => {
  expect(termsOf('What they said was that it is not what they’d have wanted')).toEqual([]);
  expect(termsOf('Se me cayó una maceta')).toEqual(['cayó', 'maceta']);
  expect(termsOf('Der Regen kommt über die Brücke')).toEqual(['regen', 'kommt', 'brücke']);
  expect(termsOf('المطر على السطح')).toEqual(['المطر', 'السطح']);
});

test('names of accounts, addresses and bare numbers are no words', () => {
  expect(termsOf('@kofi_cooks https://example.org/bread 2024 #1 14:9')).toEqual([]);
});

test('one word is the same however it is written', () => {
  const [composed] = termsOf('caf\u00e9');
  expect(termsOf('cafe\u0301')).toEqual([composed]);
  expect(termsOf("o'clock")).toEqual(termsOf('o’clock'));
  expect(termsOf('harbour’s')).toEqual(['harbour']);
  expect(termsOf('كتبتُ')).toEqual(termsOf('كتبت'));
});

test('a word is at least three letters, or two ideographs, and no wall of text', () => {
  expect(termsOf('ox 猫が 天気 x')).toEqual(['猫が', '天気']);
  expect(termsOf('a'.repeat(61))).toEqual([]);
});

test('emoji alone are no words', () => {
  expect(termsOf('🌵🌵 👩‍👩‍👧‍👦 ❤️‍🔥')).toEqual([]);
});

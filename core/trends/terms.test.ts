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
test('one word is the same however it is written', () => {
  const [composed] = termsOf('caf\u00e9');
  expect(termsOf('cafe\u0301')).toEqual([composed]);
  expect(termsOf("o'clock")).toEqual(termsOf('o’clock'));
  expect(termsOf('harbour’s')).toEqual(['harbour']);
  expect(termsOf('كتبتُ')).toEqual(termsOf('كتبت'));
});

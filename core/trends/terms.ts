import { STOP_WORDS } from '#core/trends/stop-words.ts';

/** A tag, or a word with its inner apostrophes. Names of accounts and web addresses were removed before. */
const TERM = /#?[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*(?:’[\p{L}\p{M}]+)*/gu;
const ADDRESS = /https?:\/\/\S+|@\w+/gu;
const ARABIC_MARKS = /[\u064b-\u0652\u0640]/gu; // vowel signs and the stretched line: writing, not spelling

const SHORTEST = 3; // characters of a word of an alphabet; ideographs say as much with two
const LONGEST = 60; // characters: what is longer is no word, and would be no index entry

/**
 * The terms of a tweet, each once and in lower case: tags with their `#`, and words that are not stop words. A word is the
 * same however its accents are encoded, and whether its apostrophe is straight or not.
 */
export function termsOf(text: string): string[] {
  const plain = text.normalize('NFC').toLowerCase().replaceAll("'", '’').replace(ARABIC_MARKS, '');
  const found = plain.replace(ADDRESS, ' ').match(TERM) ?? [];
  return [...new Set(found.map(withoutGenitive).filter(isTerm))];
}

const withoutGenitive = (term: string) => term.replace(/’s$/, '');

function isTerm(term: string): boolean {
  if (term.length > LONGEST || /^#?[\p{N}_]+$/u.test(term)) return false;
  if (term.startsWith('#')) return term.length > 1;
  const short = /\p{Ideographic}/u.test(term) ? 2 : SHORTEST;
  return term.length >= short && !STOP_WORDS.has(term) && !STOP_WORDS.has(term.replace(/’.*$/, ''));
}

const MOST_TAGS = 20; // of one tweet: who writes more wants to be found everywhere

/** The first tags of a tweet, each once, in lower case and without their `#`. */
export function tagsOf(text: string): string[] {
  const tags = termsOf(text).filter((term) => term.startsWith('#'));
  return tags.slice(0, MOST_TAGS).map((tag) => tag.slice(1));
}

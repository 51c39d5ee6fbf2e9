/** A tweet's length is counted as a reader counts: one family emoji or one letter with its accents is one. */
export const MAX_GRAPHEMES = 280;

// One grapheme may have any number of combining marks. This bound keeps 280 graphemes from becoming a megabyte.
const MAX_CODE_UNITS = 4_000;

// Nobody sees control characters, and nobody types them. Postgres cannot hold NUL; others steer a reader's terminal, and
// most must not stand in XML.
const CONTROL = /[^\P{Cc}\t\n\r]/u;

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

// Each of these is one grapheme, whatever stands beside it. A carriage return is not: with a line feed after it, both are one.
const PLAIN = /^[\t\n\x20-\x7e]*$/;

/** User-perceived characters by Unicode's rules. Source: UAX #29, through Intl.Segmenter. */
export function countGraphemes(text: string): number {
  if (PLAIN.test(text)) return text.length; // 60 times as fast, and most tweets in English
  const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
  return [...segmenter.segment(text)].length;
}

/** Says what is wrong with a tweet's text, or null when it may be posted. The same rule in browser and server. */
export function tweetTextProblem(text: string): string | null {
  if (text.trim() === '') return `Expected 1 to ${MAX_GRAPHEMES} characters, got none but white space`;
  if (!text.isWellFormed()) return 'Expected valid Unicode text, got half of a surrogate pair';
  const control = CONTROL.exec(text)?.[0];
  if (control) return `Expected no control characters but tabs and line breaks, got ${codePoint(control)}`;
  if (text.length > MAX_CODE_UNITS)
    return `Expected at most ${MAX_CODE_UNITS} UTF-16 code units, got ${text.length}`;
  const graphemes = countGraphemes(text);
  if (graphemes > MAX_GRAPHEMES) return `Expected 1 to ${MAX_GRAPHEMES} characters, got ${graphemes}`;
  return null;
}

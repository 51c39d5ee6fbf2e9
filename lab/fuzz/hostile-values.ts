import fc, { type Arbitrary } from 'fast-check';
import { type Field, fieldOf, percentEncoded } from './draft.ts';

/** Texts that have broken something somewhere. */
const TEXTS = [
  // Signs with a meaning in paths, SQL, HTML and templates.
  ...['', ' ', '.', '..', '../../etc/passwd', '%', '%2e%2e%2f', "'; DROP TABLE tweet; --", '$1', '\\', '"'],
  ...['<script>alert(1)</script>', '{{7*7}}', '__proto__', 'constructor', 'toString', 'null', 'undefined'],
  // Almost-numbers.
  ...['NaN', 'Infinity', '-1', '0x10', '1e3', '1e999', '9007199254740993', '9223372036854775808'],
  ...['99999999999999999999999999999999999999', '١٢٣', '1,2', ' 7 '],
  // Letters that are invisible, half a pair, or a great many.
  ...['\u200b', '\u202e', '\ufeff', '\ufffe', '\ud800', 'a\u0301'.repeat(100)],
  ...['x'.repeat(5_000), '😀'.repeat(2_000), '-'.repeat(500)],
  // Almost-valid topics, cursors, times and schedules.
  ...['status,'.repeat(30), 'delivery:-1', 'home:nobody', 'YjE=', 'YjkwMDcxOTkyNTQ3NDA5OTM'],
  ...['9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z', '2026-02-29T00:00:00+23:59'],
  ...['* * * * *', '0 0 31 2 *', '@yearly'],
];

/** Members that JSON allows and few programs expect, as they are sent. */
const RAW_JSON = [
  ...['1e999', '-0', '1e-999', '9223372036854775808', '123456789012345678901234567890'],
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\u2028"', '{"__proto__":{"polluted":1}}', '{"toString":null}'],
  ...['[[[[[]]]]]', '{}', '[]', 'true', 'null'],
];

/** Bodies that are not JSON, or JSON that is not an object. */
export const WRONG_BODIES = [
  ...['', ' ', '{', '}', '{"', '{"text":', '{"text":"a"}}', '{"text":"a",}', "{'text':'a'}", '{text:1}'],
  ...['null', 'true', '7', '"text"', '[]', '[{"text":"a"}]', 'undefined', 'NaN', '//', '\ufeff{}'],
  '{"__proto__":{"text":"a"}}',
  '{"text":"a","text":"b"}',
  'text=a&handle=b',
];

/** Any code units in any order. The library's own generator takes 4 s to build. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 50 }).map((units) => String.fromCharCode(...units));

/** Draws a value that nobody wants in that place. */
export function hostile({ name, in: place }: Field): Arbitrary<Field> {
  const texts = fc.oneof(fc.constantFrom(...TEXTS), anyText);
  const drawn = texts.map((text) => fieldOf(place, name, text));
  const raw = (each: string): Field => ({ name, in: place, text: each });
  if (place === 'header') return drawn;
  if (place === 'body') return fc.oneof(drawn, fc.constantFrom(...RAW_JSON).map(raw));
  // Bytes that are not UTF-8, and broken percent-encoding.
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((each) => raw(percentEncoded(each)));
  return fc.oneof(
    drawn,
    bytes,
    fc.constantFrom('%', '%f', '%zz', '%c3%28', '%u0041', '+', '%2f', '%2F..').map(raw),
  );
}

/** Draws a value with a NUL, written as that place allows. */
export function withNul({ name, in: place }: Field): Arbitrary<Field> {
  const raw = (text: string): Field => ({ name, in: place, text });
  const texts = fc.tuple(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }));
  switch (place) {
    case 'body':
      return texts.map(([before, after]) => fieldOf(place, name, `${before}\0${after}`));
    case 'header':
      return fc.constantFrom(raw('a\0b'), raw('\0'), raw('\\u0000'));
    default:
      return texts.map(([before, after]) =>
        raw(`${percentEncoded(Buffer.from(before))}%00${percentEncoded(Buffer.from(after))}`),
      );
  }
}

/** Draws a JSON value of any kind, mostly not the one that is expected. */
export const anyMember = ({ name, in: place }: Field): Arbitrary<Field> =>
  fc.jsonValue().map((value) => fieldOf(place, name, place === 'body' ? value : JSON.stringify(value)));

/** JSON so deep that a recursive reader runs out of stack, some of it larger than a body may be. */
export const deepJson: Arbitrary<string> = fc
  .tuple(fc.constantFrom(10, 1_000, 7_000, 100_000), fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[', '']))
  .map(
    ([depth, [open = '', close = '']]) => `${open.repeat(depth)}${close ? '1' : ''}${close.repeat(depth)}`,
  );

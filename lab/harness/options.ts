import { type ParseArgsConfig, parseArgs } from 'node:util';
import { StartError } from '#dev/start-error.ts';
import { mapValues } from './map-values.ts';

export type Options<O extends string> = {
  /** Prints one JSON object as the last line. */
  json: boolean;
  /** Makes a missed goal exit code 1. */
  check: boolean;
  /** Writes the figures to docs/figures, for the pages that show them. */
  record: boolean;
  sizes: Record<O, number>;
  words: Record<string, string>;
};

/**
 * Reads `--json`, `--check`, `--record`, and a bench's own whole numbers and words. Throws a {@link StartError} that
 * names the wrong option.
 */
export function readOptions<O extends string>(
  args: string[],
  defaults: Record<O, number>,
  words: Record<string, string> = {},
): Options<O> {
  const flags = mapValues({ json: false, check: false, record: false }, () => ({ type: 'boolean' }) as const);
  const own = mapValues<string, unknown, { type: 'string' }>({ ...defaults, ...words }, () => ({
    type: 'string',
  }));
  const given = parse(args, { ...own, ...flags });
  return {
    ...mapValues(flags, (_, name) => given[name] === true),
    sizes: mapValues(defaults, (byDefault, name) =>
      given[name] === undefined ? byDefault : wholeAbove0(name, String(given[name])),
    ),
    words: mapValues(words, (byDefault, name) => String(given[name] ?? byDefault)),
  };
}

function parse(args: string[], options: NonNullable<ParseArgsConfig['options']>): Record<string, unknown> {
  try {
    return parseArgs({ args, options }).values;
  } catch (cause) {
    const known = Object.entries(options).map(([name, { type }]) =>
      type === 'boolean' ? `--${name}` : `--${name} N`,
    );
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(text, `Expected: ${known.join(', ')}`, { cause });
  }
}

const wholeAbove0 = (name: string, text: string): number =>
  numberIn({ name, text, expected: 'a whole number above 0' }, (n) => Number.isInteger(n) && n > 0);

/** An option that is any number above 0. */
export const numberAbove0 = (name: string, text: string): number =>
  numberIn({ name, text, expected: 'a number above 0' }, (n) => n > 0);

/** An option that counts something, so that 0 is allowed. */
export const wholeFrom0 = (name: string, text: string): number =>
  numberIn({ name, text, expected: 'a whole number' }, (n) => Number.isInteger(n) && n >= 0);

type Given = { name: string; text: string; expected: string };

function numberIn({ name, text, expected }: Given, isRight: (number: number) => boolean): number {
  if (text.trim() !== '' && isRight(Number(text))) return Number(text);
  throw new StartError(`--${name}: expected ${expected}, got ${text}`, 'Leave it out for the default.');
}

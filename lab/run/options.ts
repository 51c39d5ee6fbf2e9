import { parseArgs } from 'node:util';
import { StartError } from '#dev/start-error.ts';
import { mapValues } from './map-values.ts';

export type Options<O extends string> = {
  /** One JSON object as the last line. */
  json: boolean;
  /** A missed goal is exit code 1. */
  check: boolean;
  /** The figures go to docs/figures, for the pages that show them. */
  record: boolean;
  sizes: Record<O, number>;
  words: Record<string, string>;
};

/**
 * Reads `--json`, `--check`, `--record`, a bench's own whole numbers and its own words. Throws {@link StartError} that
 * names the option.
 */
export function readOptions<O extends string>(
  args: string[],
  defaults: Record<O, number>,
  words: Record<string, string> = {},
): Options<O> {
  const given = parse(args, [...Object.keys(defaults), ...Object.keys(words)]);
  const sizes = mapValues(defaults, (byDefault, name) => {
    const value = given[name];
    return value === undefined ? byDefault : wholeNumber(name, String(value));
  });
  return {
    json: given.json === true,
    check: given.check === true,
    record: given.record === true,
    sizes,
    words: mapValues(words, (byDefault, name) => String(given[name] ?? byDefault)),
  };
}

function parse(args: string[], names: string[]): Record<string, unknown> {
  const flag = { type: 'boolean' as const };
  const flags = { json: flag, check: flag, record: flag };
  const own = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args, options: { ...own, ...flags } }).values;
  } catch (cause) {
    const known = ['--json', '--check', '--record', ...names.map((name) => `--${name} N`)].join(', ');
    throw new StartError(cause instanceof Error ? cause.message : String(cause), `Expected: ${known}`, {
      cause,
    });
  }
}

function wholeNumber(name: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new StartError(
    `--${name}: expected a whole number above 0, got ${value}`,
    'Leave it out for the default.',
  );
}

import { parseArgs } from 'node:util';
import { StartError } from '#dev/start-error.ts';

export type Options<O extends string> = {
  /** One JSON object as the last line. */
  json: boolean;
  /** A missed goal is exit code 1. */
  check: boolean;
  sizes: Record<O, number>;
};

/** Reads `--json`, `--check` and a bench's own whole numbers. Throws {@link StartError} that names the option. */
export function readOptions<O extends string>(args: string[], defaults: Record<O, number>): Options<O> {
  const names = Object.keys(defaults) as O[];
  const own = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { json, check, ...given } = parse(args, { json: FLAG, check: FLAG, ...own });
  const sizes = { ...defaults };
  for (const name of names) {
    const value = given[name];
    if (typeof value === 'string') sizes[name] = wholeNumber(name, value);
  }
  return { json: json === true, check: check === true, sizes };
}

const FLAG = { type: 'boolean' as const };

function parse(args: string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args, options }).values;
  } catch (cause) {
    const known = Object.entries(options).map(
      ([name, { type }]) => `--${name}${type === 'string' ? ' N' : ''}`,
    );
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(reason, `Expected: ${known.join(', ')}`, { cause });
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

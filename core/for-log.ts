import { inspect } from 'node:util';

/** Control characters, but for the line feed and the tab; and those that turn the direction of what follows. */
const STEERING = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

const escaped = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/**
 * An error, or whatever was thrown, as text for a log. What a client wrote may be in it, by way of a server's message:
 * it begins no line that looks like one of ours, and steers no terminal that shows the log.
 */
export function forLog(thrown: unknown): string {
  const text = typeof thrown === 'string' ? thrown : inspect(thrown);
  return text.replace(/\r?\n/g, '\n    ').replace(STEERING, escaped);
}

/** The most bytes of JSON that a task's data may have, and its result. */
export const MAX_JSON = 64 * 1024;

/** The ledger cannot keep this data or result: it is too large, or cannot be written as JSON. */
export class NotKept extends Error {
  override name = 'NotKept';
  constructor(
    /** `data` or `result`. */
    readonly field: string,
    reason: string,
  ) {
    super(`${field}: ${reason}`);
  }
}

// NUL and half of a surrogate pair. jsonb refuses both, and one such value would make the statement fail for all others in
// it. JSON.stringify begins an escape with \u00 or \ud only for control characters and for halves of a pair.
const UNKEPT = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** JSON text for a jsonb column; undefined becomes `null`. Throws {@link NotKept}, which names the field. */
export function toJson(field: string, value: unknown): string {
  const text = JSON.stringify(value ?? null) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_JSON) throw new NotKept(field, `Expected at most ${MAX_JSON} bytes of JSON, got ${bytes}`);
  if (UNKEPT.test(text))
    throw new NotKept(field, 'Expected no NUL and no half of a surrogate pair in a text');
  return text;
}

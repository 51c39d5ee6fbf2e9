/** Bytes of JSON that the ledger keeps of a task's data and of its result. */
export const MAX_JSON = 64 * 1024;

/** What the ledger cannot keep, as data or as result: too large, or not to be written as JSON. */
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

// jsonb refuses both, and one such value would take all others of its statement with it. JSON.stringify writes no
// other escape that begins with \u00 or \ud than for control characters and for halves of a pair.
const UNKEPT = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** JSON text for a jsonb column; nothing at all is `null`. Throws {@link NotKept}, which names the field. */
export function toJson(field: string, value: unknown): string {
  const text = JSON.stringify(value ?? null) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_JSON) throw new NotKept(field, `Expected at most ${MAX_JSON} bytes of JSON, got ${bytes}`);
  if (UNKEPT.test(text))
    throw new NotKept(field, 'Expected no NUL and no half of a surrogate pair in a text');
  return text;
}

import { z } from 'zod';

const headers = z.record(z.string(), z.string());

/** A message with its history, for brokers that keep no history themselves. */
const schema = z.object({
  body: z.unknown(),
  headers: headers.optional(),
  /** How often it was handed to a handler before. */
  starts: z.number().default(0),
  /** Not to be handed out before this time, in ms since 1970. */
  due: z.number().default(0),
  /** Why it died, and when. */
  error: z.string().default(''),
  diedAt: z.number().default(0),
});

export type Envelope = z.infer<typeof schema>;

/**
 * The text that travels. Fields without a value take no bytes. It is pure ASCII, because SQS refuses characters that XML
 * does not allow, and its stand-in refuses all characters beyond U+FFFF.
 */
export function seal(envelope: Partial<Envelope>): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(envelope).replace(/[^\x20-\x7e]/g, escaped);
}

/**
 * Reads what travelled. A text that is no envelope, such as one that was put there by hand, is taken for a body. The
 * handler refuses it like any other body that it cannot read.
 */
export function unseal(text: string): Envelope {
  const result = schema.safeParse(parse(text));
  return result.success ? result.data : schema.parse({ body: text });
}

/** Headers that travelled as JSON beside a body; undefined when there are none, or somebody else has written there. */
export const headersOf = (text: string | undefined): Envelope['headers'] =>
  text === undefined ? undefined : headers.safeParse(parse(text)).data;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

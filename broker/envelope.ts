import { z } from 'zod';

/** What a broker carries that has no place of its own for what happened to a message so far. */
const schema = z.object({
  body: z.unknown(),
  /** How often it was handed to a handler before. */
  starts: z.number().default(0),
  /** Not to be handed out before this time, in ms since 1970. */
  due: z.number().default(0),
  /** Why it died, and when. */
  error: z.string().default(''),
  diedAt: z.number().default(0),
});

export type Envelope = z.infer<typeof schema>;

/** The text that travels; what has not happened takes no bytes. */
export const seal = (envelope: Partial<Envelope>): string => JSON.stringify(envelope);

/** Throws when the text is not ours. */
export const unseal = (text: string): Envelope => schema.parse(JSON.parse(text));

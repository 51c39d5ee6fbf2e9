import type { z } from 'zod';
import { DeadLetter } from '#broker/port.ts';

/** Parses a message's body; one that is not what its queue carries will never be: dead letter. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new DeadLetter(`${issue?.path.join('.') || 'body'}: ${issue?.message}, got ${JSON.stringify(body)}`);
}

import type { z } from 'zod';
import { DeadLetter } from '#broker/port.ts';

/** Parses a message's body. If it does not fit the queue's schema, it never will, so it becomes a dead letter. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new DeadLetter(`${issue?.path.join('.') || 'body'}: ${issue?.message}, got ${JSON.stringify(body)}`);
}

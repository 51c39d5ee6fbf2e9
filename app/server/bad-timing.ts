import 'server-only';
import { invalidField } from '#app/server/problem.ts';
import { NoSuchTiming } from '#core/tasks/next-tick.ts';

/** To catch with: an expression, interval or zone that cannot be becomes a refusal that names the field. */
export function refuseBadTiming(error: unknown): never {
  if (error instanceof NoSuchTiming) throw invalidField(error.field, error.message);
  throw error;
}

import { z } from 'zod';
import { invalid } from '#api/mastodon/errors.ts';
import { Refusal } from '#api/problem.ts';

const ZONE = /(?:Z|[+-]\d\d:?\d\d)$/i;

/** When a tweet is to be posted; in UTC unless it says otherwise. Whether nobody can post then is asked later. */
export const scheduledAt = z
  .string({ error: 'Expected a date and a time' })
  .transform((sent) => sent.trim())
  .transform((sent, context) => {
    if (sent === '') return undefined;
    const at = new Date(ZONE.test(sent) ? sent : `${sent}Z`);
    if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(sent) && !Number.isNaN(at.getTime())) return at;
    context.addIssue('Expected a date and a time, such as 2027-01-31T18:00:00Z');
    return z.NEVER;
  });

/** What our interface says of `scheduledFor` is about `scheduled_at` here. */
export function withTheirField(error: unknown): never {
  const [first] = error instanceof Refusal && error.kind === 'validation' ? (error.extras.errors ?? []) : [];
  if (first?.field === 'scheduledFor') throw invalid(`scheduled_at: ${first.message}`);
  throw error;
}

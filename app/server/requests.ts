import { z } from 'zod';
import { QUEUES } from '#core/messages.ts';
import { MAX_GRAPHEMES, tweetTextProblem } from '#core/tweets/tweet-text.ts';

/** What requests must look like: validated by these, documented from these. */

const text = z
  .string({
    error: (issue) => `Expected text of 1 to ${MAX_GRAPHEMES} characters, got ${typeof issue.input}`,
  })
  .superRefine((value, context) => {
    const problem = tweetTextProblem(value);
    if (problem) context.addIssue(problem);
  });

export const postTweetRequest = z.strictObject({ text });

const handle = z
  .string({ error: 'Expected the handle of a demo account' })
  .regex(/^[a-z0-9_]{3,15}$/, 'Expected 3 to 15 of a-z, 0-9 and _');

export const retryDeadLettersRequest = z
  .strictObject({ queue: z.enum(QUEUES), error: z.string().min(1).max(500).optional() })
  .refine(({ queue, error }) => error === undefined || queue === 'delivery', {
    path: ['error'],
    error: 'Expected an error for the delivery queue only: the ledger knows what chunks died of',
  });

export const sessionRequest = z.strictObject({ handle });

/** Printable ASCII, so that it is the same in every header encoding. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{8,128}$/, 'Expected 8 to 128 printable ASCII characters, a UUID for example');

export const tweetId = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);

export const pageRequest = z.object({
  cursor: z.string().optional(),
  limit: z.coerce
    .number({ error: 'Expected a number from 1 to 100' })
    .int('Expected a whole number from 1 to 100')
    .min(1, 'Expected 1 to 100')
    .max(100, 'Expected 1 to 100')
    .default(20),
});

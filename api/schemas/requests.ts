import { z } from '@hono/zod-openapi';

/** Whether it is ahead is asked later: the same request with the same key may come again when it is not any more. */
export const scheduledFor = z.iso
  .datetime({
    offset: true,
    error: 'Expected a date and time with its zone, such as 2027-01-31T18:00:00+01:00',
  })
  .describe('When to post it; at once without. At most a year ahead');

/** Text that Postgres can take: it has no NUL. */
export const storable = (text: z.ZodString) =>
  text.refine((value) => !value.includes('\0'), { error: 'Expected text without a NUL character' });

/** The id of a tweet in a path. */
export const tweetId = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);

/** How many of a list are wanted. */
export const limitUpTo = (max: number, unlessTold: number) =>
  z.coerce
    .number({ error: `Expected a number from 1 to ${max}` })
    .int(`Expected a whole number from 1 to ${max}`)
    .min(1, `Expected 1 to ${max}`)
    .max(max, `Expected 1 to ${max}`)
    .default(unlessTold);

/** `?cursor=&limit=` */
export const pageQuery = z.object({ cursor: z.string().optional(), limit: limitUpTo(100, 20) });

/** `?limit=` of a short list. */
export const limitQuery = z.object({ limit: limitUpTo(20, 10) });

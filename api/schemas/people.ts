import { z } from '@hono/zod-openapi';
import { count, id, orNull, time } from '#api/schemas/common.ts';
import type { Account } from '#core/accounts/accounts.ts';
import type { SuggestedAccount } from '#core/suggestions/suggestions.ts';

/** People as answers show them. `satisfies` holds each shape to the type of core: neither can change without the other. */

/** A demo account, as the switcher shows it. */
export const account = z
  .object({
    id,
    handle: z.string(),
    name: z.string(),
    bio: z.string(),
    followerCount: count,
    followingCount: count,
    role: z.string().meta({ description: 'What the account stands for: ordinary, popular, celebrity, …' }),
    operator: z.boolean().meta({ description: 'Whether it may do what concerns everybody, see OPERATORS' }),
  })
  .meta({ id: 'Account' }) satisfies z.ZodType<Account>;

/** The accounts that a session holds, and which of them acts for requests without `X-Account`. */
export const sessionView = z.object({ accounts: z.array(account), acting: orNull(account) });

export const userView = account.extend({ followedByMe: z.boolean() });

const suggestedAccount = z.object({
  id,
  handle: z.string(),
  name: z.string(),
  followerCount: count,
  shared: count,
}) satisfies z.ZodType<SuggestedAccount>;

/** Whom an account might follow; `computedAt` is null before it was ever computed. */
export const suggestionsView = z.object({
  accounts: z.array(suggestedAccount),
  readers: count,
  computedAt: time.nullable(),
});

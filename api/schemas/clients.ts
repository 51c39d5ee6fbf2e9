import { z } from '@hono/zod-openapi';
import { count, id, time } from '#api/schemas/common.ts';
import type { ConnectedApp } from '#core/clients/connected.ts';

/** An app that may act for the acting account. */
export const connectedApp = z
  .object({
    id,
    name: z.string(),
    website: z.string().nullable(),
    scopes: z.array(z.string()).meta({ description: 'What it may do, in the words of the Mastodon API' }),
    tokens: count.meta({ description: 'How many times it is signed in' }),
    connectedAt: time,
    usedAt: time.meta({ description: 'When it was used last, within an hour' }),
  })
  .meta({ id: 'ConnectedApp' }) satisfies z.ZodType<ConnectedApp>;

import type { Context } from 'hono';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { originOf as originOfRequest } from '#api/proxy.ts';

/** The address by which the client knows this server, such as `http://localhost:3000`. */
export const originOf = ({ env: { incoming, web } }: Pick<Context<MastodonEnv>, 'env'>): string =>
  originOfRequest(incoming, web.config.TRUST_PROXY);
